using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PendoFunctions.Tests.Worlds;

/// <summary>A port before a service of this machine, through which it is reached while the gate is open.</summary>
internal sealed class Gate : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _open = [];
    private readonly int _target;
    private volatile bool _silent;

    /// <summary>Opens a gate before a port.</summary>
    public Gate(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>Where it is reached.</summary>
    public int Port { get; }

    /// <summary>Resets every connection; from now on new ones are reset, or taken in silence.</summary>
    public void Close(bool silent)
    {
        _silent = silent;
        IsOpen = false;
        foreach (var client in _open.Keys)
            Reset(client);
    }

    /// <summary>Lets everybody through again.</summary>
    public void Open() => IsOpen = true;

    public void Dispose()
    {
        Close(silent: false);
        _listener.Dispose();
    }

    private bool IsOpen { get; set; } = true;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = LeadAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The gate is gone.
        }
    }

    private async Task LeadAsync(TcpClient client)
    {
        _open[client] = true;
        try
        {
            if (!IsOpen && _silent)
                return;
            if (!IsOpen)
            {
                Reset(client);
                return;
            }

            using var service = new TcpClient();
            await service.ConnectAsync(IPAddress.Loopback, _target);
            await using var near = client.GetStream();
            await using var far = service.GetStream();
            await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
            Reset(client);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two hung up.
        }
    }

    private void Reset(TcpClient client)
    {
        _open.TryRemove(client, out _);
        try
        {
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        client.Dispose();
    }
}
