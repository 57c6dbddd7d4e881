using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>
/// A server that speaks TDS 7.4 and 8.0 as far as reading needs it, so that the real driver can be driven: pre-login with TLS inside,
/// login by password or token, batches, sp_executesql, rows of every type, errors, cancelling.
/// https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/
/// </summary>
internal sealed class TdsServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _sessions = [];
    private readonly Task _accepting;

    /// <summary>Starts it.</summary>
    /// <param name="answer">Answers each statement.</param>
    /// <param name="certificate">With its key; null: it offers no TLS.</param>
    public TdsServer(Func<TdsRequest, TdsReply> answer, X509Certificate2? certificate = null)
    {
        (Answer, Certificate) = (answer, certificate);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Func<TdsRequest, TdsReply> Answer { get; set; }

    /// <summary>Answers each login; null lets it in.</summary>
    public Func<TdsLogin, TdsError?> Admit { get; set; } = _ => null;

    /// <summary>Every login, in order.</summary>
    public IReadOnlyList<TdsLogin> Logins => [.. _logins];

    /// <summary>Every statement, in order.</summary>
    public IReadOnlyList<TdsRequest> Requests => [.. _requests];

    /// <summary>How often a client cancelled.</summary>
    public int Cancelled => _cancelled;

    internal X509Certificate2? Certificate { get; }

    private readonly System.Collections.Concurrent.ConcurrentQueue<TdsLogin> _logins = new();
    private readonly System.Collections.Concurrent.ConcurrentQueue<TdsRequest> _requests = new();
    private int _cancelled;

    internal void Met(TdsLogin login) => _logins.Enqueue(login);

    internal void Met(TdsRequest request) => _requests.Enqueue(request);

    internal void MetCancel() => Interlocked.Increment(ref _cancelled);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _sessions.Add(Task.Run(() => ServeAsync(client)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await new TdsSession(this, client, _stop.Token).ServeAsync();
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException
                or System.Security.Authentication.AuthenticationException)
            {
                // The client went away, or did not like the certificate.
            }
        }
    }
}
