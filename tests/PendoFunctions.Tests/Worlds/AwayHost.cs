using System.Net;
using System.Net.Sockets;

namespace PendoFunctions.Tests.Worlds;

/// <summary>How a service is away.</summary>
public enum AwayHow
{
    /// <summary>Nothing listens.</summary>
    Refused,

    /// <summary>Connections are taken, and nothing is ever said.</summary>
    Silent,

    /// <summary>Connections are taken and reset.</summary>
    Reset,
}

/// <summary>A port of this machine where a service is away.</summary>
internal sealed class AwayHost : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public AwayHost(AwayHow how)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        if (how == AwayHow.Refused)
            _listener.Stop();
        else if (how == AwayHow.Reset)
            _ = ResetAsync();
    }

    public int Port { get; }

    /// <summary>A connection string of tables that lead here.</summary>
    public string Tables =>
        "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
        + $"TableEndpoint=http://127.0.0.1:{Port}/devstoreaccount1;";

    /// <summary>A connection string of Service Bus that leads here.</summary>
    public string ServiceBus => $"Endpoint=sb://127.0.0.1:{Port};SharedAccessKeyName=any;SharedAccessKey=any;UseDevelopmentEmulator=true";

    public void Dispose() => _listener.Dispose();

    private async Task ResetAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync();
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The host is gone.
        }
    }
}
