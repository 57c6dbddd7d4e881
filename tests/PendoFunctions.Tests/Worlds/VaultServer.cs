using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PendoFunctions.Tests.Worlds;

/// <summary>
/// The Key Vault and the managed identity of an app that runs as a process of its own: the vault by HTTPS under its own name, which a proxy
/// leads here, and the identity's endpoint as App Service offers it.
/// </summary>
/// <remarks>https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference</remarks>
internal sealed class VaultServer : IAsyncDisposable
{
    private const string Host = "our-vault.vault.azure.net";
    private static readonly X509Certificate2 Certificate = NewCertificate();
    private static readonly Lazy<string> Trusted = new(() =>
    {
        var file = Path.Combine(AppContext.BaseDirectory, "vault.pem");
        File.WriteAllText(file, Certificate.ExportCertificatePem());
        return file;
    });

    private readonly HttpMessageInvoker _vault;
    private readonly WebApplication _web;
    private readonly TcpListener _proxy = new(IPAddress.Loopback, 0);
    private readonly string _header = Guid.NewGuid().ToString();

    private VaultServer(FakeVault vault)
    {
        _vault = new HttpMessageInvoker(vault);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(Certificate));
        });
        _web = builder.Build();
        _web.MapGet("/identity", IdentityAsync);
        _web.MapGet("/secrets/{name}/{version?}", SecretAsync);
    }

    /// <summary>Settings of an app that uses this vault, by an identity of its own.</summary>
    public Dictionary<string, string> Settings => new(StringComparer.Ordinal)
    {
        ["KeyVault__uri"] = $"https://{Host}",
        ["ManagedIdentity__ClientId"] = "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        ["IDENTITY_ENDPOINT"] = $"{_web.Urls.First()}/identity",
        ["IDENTITY_HEADER"] = _header,
        ["HTTPS_PROXY"] = $"http://{_proxy.LocalEndpoint}",
        ["NO_PROXY"] = "127.0.0.1,localhost",
        ["SSL_CERT_FILE"] = Trusted.Value,
    };

    public static async Task<VaultServer> StartAsync(FakeVault vault)
    {
        var server = new VaultServer(vault);
        await server._web.StartAsync();
        server._proxy.Start();
        _ = server.LeadAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _proxy.Stop();
        await _web.DisposeAsync();
    }

    private IResult IdentityAsync(HttpRequest request) => request.Headers["X-IDENTITY-HEADER"] == _header
        ? Results.Json(new
        {
            access_token = "token",
            expires_on = $"{DateTimeOffset.UtcNow.AddYears(1).ToUnixTimeSeconds()}",
            resource = request.Query["resource"].ToString(),
            token_type = "Bearer"
        })
        : Results.Unauthorized();

    // What the tests of single classes ask in their process is what answers here.
    private async Task SecretAsync(HttpContext context, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{Host}/secrets/{name}");
        if (context.Request.Headers.Authorization.Count > 0)
            request.Headers.TryAddWithoutValidation("Authorization", context.Request.Headers.Authorization.ToString());
        using var answer = await _vault.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        if (answer.Headers.WwwAuthenticate.Count > 0)
            context.Response.Headers.WWWAuthenticate = answer.Headers.WwwAuthenticate.ToString();
        context.Response.ContentType = "application/json";
        await answer.Content.CopyToAsync(context.Response.Body);
    }

    // A proxy for HTTPS: CONNECT, then bytes in both directions; every host is the vault.
    private async Task LeadAsync()
    {
        try
        {
            while (true)
                _ = LeadAsync(await _proxy.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The server was disposed.
        }
    }

    private async Task LeadAsync(TcpClient client)
    {
        try
        {
            using var vault = new TcpClient();
            await using var near = client.GetStream();
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await near.ReadAsync(one) == 1)
                head.Append((char)one[0]);
            await vault.ConnectAsync(IPAddress.Loopback, new Uri(_web.Urls.Last()).Port);
            await using var far = vault.GetStream();
            await near.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
            await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // One of the two hung up.
        }
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
    }
}
