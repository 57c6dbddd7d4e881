using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PendoSync.Warehouses.Elasticsearch;

namespace PendoSync.Tests.Warehouses.Elasticsearch;

public sealed class ElasticTrustTests
{
    [Fact]
    public void Own_authority_is_trusted_and_another_is_not()
    {
        using var key = ECDsa.Create();
        using var authority = Authority("CN=own", key);
        using var stranger = Authority("CN=stranger", key);
        using var server = new CertificateRequest("CN=es", key, HashAlgorithmName.SHA256)
            .Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        const SslPolicyErrors Chain = SslPolicyErrors.RemoteCertificateChainErrors;
        Assert.True(ElasticTrust.IsTrusted(server, Chain, [authority]));
        Assert.False(ElasticTrust.IsTrusted(server, Chain, [stranger]));
        Assert.False(ElasticTrust.IsTrusted(server, Chain | SslPolicyErrors.RemoteCertificateNameMismatch, [authority]));
    }

    private static X509Certificate2 Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
    }
}
