using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Pendo;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses;

namespace PendoSync.Tests.Basics;

/// <summary>Calls to a real server over TLS that the machine does not trust, to a plain port, and past a proxy.</summary>
public sealed class OutboundTests : IAsyncLifetime
{
    private readonly X509Certificate2 _certificate = SelfSigned();
    private WebApplication _app = null!;

    private Uri Tls => new(_app.Urls.Single(u => u.StartsWith("https:", StringComparison.Ordinal)));

    private Uri Plain => new(_app.Urls.Single(u => u.StartsWith("http:", StringComparison.Ordinal)));

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate));
        });
        _app = builder.Build();
        _app.Run(_ => Task.CompletedTask);
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    [Fact]
    public async Task Untrusted_certificate_is_named_with_its_issuer_for_a_warehouse_and_for_pendo()
    {
        var warehouse = await Assert.ThrowsAsync<ProblemException>(() => WarehouseAt(Tls).CheckAsync(null, default));
        Assert.Equal(ProblemKind.Connection, warehouse.Problem.Kind);
        var pendo = await PendoAsync(Tls);
        foreach (var (message, fix) in new[] { (warehouse.Problem.Message, warehouse.Problem.Fix), (pendo.Detail, pendo.Fix) })
        {
            Assert.Contains("issuer CN=PendoSync test authority", message, StringComparison.Ordinal);
            Assert.Contains("issuer is not trusted here", message, StringComparison.Ordinal);
            Assert.Contains("SSL_CERT_FILE", fix, StringComparison.Ordinal);
        }

        Assert.Equal(CallFault.NotSent, pendo.Fault);
    }

    [Fact]
    public async Task Https_to_a_plain_port_is_named_for_a_warehouse_and_for_pendo()
    {
        var https = new UriBuilder(Plain) { Scheme = "https" }.Uri;
        var warehouse = await Assert.ThrowsAsync<ProblemException>(() => WarehouseAt(https).CheckAsync(null, default));
        var pendo = await PendoAsync(https);
        foreach (var (message, fix) in new[] { (warehouse.Problem.Message, warehouse.Problem.Fix), (pendo.Detail, pendo.Fix) })
        {
            Assert.Contains("does not speak TLS", message, StringComparison.Ordinal);
            Assert.Contains("http://", fix, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:4010/", null)]
    [InlineData("http://localhost:4010/", null)]
    [InlineData("http://[::1]:4010/", null)]
    [InlineData("http://127.8.8.8/", null)]
    [InlineData("https://app.pendo.io/", "http://proxy.invalid:8080")]
    public void Loopback_never_goes_through_the_proxy_and_the_proxy_is_shown_without_its_password(string address, string? through)
    {
        var proxy = new Outbound.ProxyPastLoopback(new WebProxy("http://user:planted@proxy.invalid:8080"));
        Assert.Equal(through is null, proxy.IsBypassed(new Uri(address)));
        Assert.Equal(through is null, proxy.GetProxy(new Uri(address)) is null);
        Assert.Equal(through, Outbound.ProxyOf(proxy, new Uri(address)));
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, true)]
    [InlineData(HttpRequestError.NameResolutionError, true)]
    [InlineData(HttpRequestError.ProxyTunnelError, true)]
    [InlineData(HttpRequestError.ResponseEnded, false)]
    public void Proxy_that_does_not_answer_is_named(HttpRequestError kind, bool named)
    {
        var known = Outbound.Explain(new HttpRequestException(kind), "http://proxy.invalid:8080");
        Assert.Equal(named, known?.Message.Contains("proxy.invalid:8080", StringComparison.Ordinal) == true);
        Assert.Null(Outbound.Explain(new HttpRequestException(kind), (string?)null));
    }

    [Theory]
    [InlineData(SslPolicyErrors.RemoteCertificateNameMismatch, "another host")]
    [InlineData(SslPolicyErrors.RemoteCertificateChainErrors, "issuer is not trusted")]
    public void What_is_wrong_with_a_certificate_is_said(SslPolicyErrors errors, string says) =>
        Assert.Contains(says, UntrustedCertificateException.Of(_certificate, null, errors).Message, StringComparison.Ordinal);

    private static IWarehouse WarehouseAt(Uri address) =>
        TestWarehouse.Make("elasticsearch", new Dictionary<string, string> { ["url"] = address.ToString() });

    private static async Task<PendoAnswer> PendoAsync(Uri address)
    {
        using var http = SyncEngine.NewHttp();
        var connection = new PendoConnection
        {
            Name = "p",
            Region = "custom",
            ApiUrl = address,
            DataUrl = address,
            IntegrationKey = new SecretText("key"),
            TrackEventSecrets = new Dictionary<string, SecretText>()
        };
        return (await new PendoClient(connection, null!, http).VerifyAsync(default)).Answer;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=PendoSync test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
