using System.Net;
using System.Net.Sockets;

namespace PendoSync.Tests.Warehouses;

/// <summary>Stands between a driver and its server, and breaks the connections after so many bytes of the server's.</summary>
internal sealed class CutProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _over = new();
    private long _left = long.MaxValue;
    private bool _reset;
    private bool _stall;

    /// <summary>Starts it.</summary>
    /// <param name="server">Port of the server, on this machine.</param>
    public CutProxy(int server)
    {
        _server = server;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that the server has sent.</summary>
    public long Seen { get; private set; }

    /// <summary>True once it holds bytes back.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Lets so many bytes through and breaks then; <paramref name="reset"/>: with RST, as a crash does, else with FIN.</summary>
    public void CutAfter(long bytes, bool reset)
    {
        lock (_gate)
            (_left, _reset, _stall) = (bytes, reset, false);
    }

    /// <summary>Lets so many bytes through and is silent then; the connections stand.</summary>
    public void StallAfter(long bytes)
    {
        lock (_gate)
            (_left, _stall) = (bytes, true);
    }

    /// <summary>Breaks no more connections.</summary>
    public void Heal() => CutAfter(long.MaxValue, reset: false);

    public void Dispose()
    {
        _listener.Dispose();
        Release();
        _over.Dispose();
    }

    /// <summary>Ends the connections that are silent.</summary>
    public void Release() => _over.Cancel();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            near.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, _server);
            await Task.WhenAny(PumpAsync(near, far, fromServer: false), PumpAsync(far, near, fromServer: true));
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool fromServer)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                var (pass, reset) = fromServer ? Pass(read) : (read, false);
                for (var sent = 0; sent < pass;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, pass - sent));
                if (pass == read)
                    continue;
                IsSilent = _stall;
                if (_stall)
                    await Task.Delay(Timeout.Infinite, _over.Token);
                if (reset)
                    to.LingerState = new LingerOption(enable: true, seconds: 0);
                return;
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private (int Bytes, bool Reset) Pass(int read)
    {
        lock (_gate)
        {
            var pass = (int)Math.Min(read, _left);
            (_left, Seen) = (_left - pass, Seen + read);
            return (pass, _reset);
        }
    }
}
