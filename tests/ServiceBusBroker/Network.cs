using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Amqp;

namespace ServiceBusBroker;

/// <summary>The connections of a broker, on a free port of 127.0.0.1 that stays its own, and what may befall them.</summary>
public sealed class Network : TransportProvider
{
    private readonly Channel<IAsyncTransport> _accepted = Channel.CreateUnbounded<IAsyncTransport>();
    private readonly ConcurrentDictionary<Wire, bool> _wires = [];
    private readonly Socket _claim = NewSocket(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Lock _lock = new();
    private Socket? _listener;

    internal Network()
    {
        AddressSchemes = ["amqp"];
        Listen();
    }

    /// <summary>The TCP port.</summary>
    public int Port => ((IPEndPoint)_claim.LocalEndPoint!).Port;

    /// <summary>Whether connections are accepted but nothing is ever answered, on those that are open either.</summary>
    public bool Silent { get; set; }

    /// <summary>How long every answer takes, in real time.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many connections are open.</summary>
    public int Connections => _wires.Count;

    /// <summary>Whether new connections are refused, as by a machine where nothing listens.</summary>
    public bool RefusesConnections
    {
        get => _listener is null;
        set
        {
            lock (_lock)
            {
                if (!value && _listener is null)
                    Listen();
                else if (value)
                    StopListening();
            }
        }
    }

    /// <summary>Resets every open connection.</summary>
    public void Sever()
    {
        foreach (var wire in _wires.Keys)
            wire.Sever();
    }

    /// <inheritdoc/>
    public override Task<IAsyncTransport> CreateAsync(Address address) => _accepted.Reader.ReadAsync().AsTask();

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_lock)
            StopListening();
        Silent = false;
        _claim.Dispose();
        Sever();
    }

    internal void Sever(Connection connection)
    {
        foreach (var wire in _wires.Keys.Where(w => w.Connection == connection))
            wire.Sever();
    }

    private void Listen()
    {
        _listener = NewSocket(_claim.LocalEndPoint!);
        _listener.Listen(100);
        _ = AcceptAsync(_listener);
    }

    private void StopListening()
    {
        _listener?.Dispose();
        _listener = null;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var wire = new Wire(this, await listener.AcceptAsync());
                _wires[wire] = true;
                _ = HandOverAsync(wire);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // No more connections are wanted.
        }
    }

    // The library greets clients one after the other: one that says nothing would keep the others waiting.
    private async Task HandOverAsync(Wire wire)
    {
        try
        {
            await wire.SpokenToAsync();
            _accepted.Writer.TryWrite(wire);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            wire.Close();
        }
    }

    // Two sockets may be bound to one port while only one of them listens: the port stays taken while connections are refused.
    private static Socket NewSocket(EndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        socket.Bind(address);
        return socket;
    }

    private sealed class Wire(Network network, Socket socket) : IAsyncTransport
    {
        private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

        public Connection? Connection { get; private set; }

        public void SetConnection(Connection connection) => Connection = connection;

        public void Send(ByteBuffer buffer) => socket.Send(buffer.Buffer, buffer.Offset, buffer.Length, SocketFlags.None);

        public int Receive(byte[] buffer, int offset, int count) => socket.Receive(buffer, offset, count, SocketFlags.None);

        public async Task SpokenToAsync()
        {
            await socket.ReceiveAsync(Memory<byte>.Empty);
            await NotSilentAsync();
        }

        public async Task SendAsync(IList<ByteBuffer> bufferList, int listSize)
        {
            if (network.Delay > TimeSpan.Zero)
                await Task.Delay(network.Delay);
            await NotSilentAsync();
            foreach (var buffer in bufferList)
            {
                for (var rest = buffer.Buffer.AsMemory(buffer.Offset, buffer.Length); rest.Length > 0;)
                    rest = rest[await socket.SendAsync(rest)..];
            }
        }

        public async Task<int> ReceiveAsync(byte[] buffer, int offset, int count)
        {
            await NotSilentAsync();
            var read = await socket.ReceiveAsync(buffer.AsMemory(offset, count));
            await NotSilentAsync();
            return read;
        }

        public void Close()
        {
            network._wires.TryRemove(this, out _);
            socket.Dispose();
        }

        public void Sever()
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It is closed already.
            }

            Close();
        }

        private async Task NotSilentAsync()
        {
            while (network.Silent)
                await Task.Delay(Look);
        }
    }
}
