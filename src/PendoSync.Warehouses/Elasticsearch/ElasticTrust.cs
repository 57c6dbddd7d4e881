using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>TLS to a cluster whose certificate authority is the user's own, as Elasticsearch makes one at its first start.</summary>
internal static class ElasticTrust
{
    /// <summary>A handler that trusts only the authority in <c>ca_file</c>; null when there is none: the machine's trust holds.</summary>
    public static HttpMessageHandler? Handler(WarehouseContext context, WarehouseProblems problems)
    {
        if (!context.Connection.Settings.TryGetValue("ca_file", out var file))
            return null;
        var authorities = new Lazy<X509Certificate2Collection>(() =>
            CertificateFile.Load(file.Template, context.ProjectDirectory, problems));
        var handler = RestCaller.NewHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            certificate is X509Certificate2 server && IsTrusted(server, errors, authorities.Value)
                ? true : throw UntrustedCertificateException.Of(certificate, chain, errors);
        return handler;
    }

    /// <summary>True when the name fits and the chain ends at one of the authorities.</summary>
    internal static bool IsTrusted(X509Certificate2 server, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(server);
    }
}
