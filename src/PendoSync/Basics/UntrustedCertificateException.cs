using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace PendoSync.Basics;

/// <summary>
/// A server showed a certificate that this machine does not trust. The message says whose it is, who issued it and what is wrong, in one
/// line.
/// </summary>
internal sealed class UntrustedCertificateException(string message) : AuthenticationException(message)
{
    /// <summary>Made of what the platform found.</summary>
    public static UntrustedCertificateException Of(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
            return new UntrustedCertificateException("the server showed none");
        List<X509ChainStatusFlags> found = [.. (chain?.ChainStatus ?? []).Select(s => s.Status)];
        var wrong = errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "it is for another host"
            : found.Contains(X509ChainStatusFlags.NotTimeValid) ? "it has expired or is not valid yet, or this machine's clock is wrong"
            : found.Contains(X509ChainStatusFlags.Revoked) ? "it was revoked"
            : "its issuer is not trusted here";
        return new UntrustedCertificateException($"{wrong} (subject {OneLine(certificate.Subject)}, issuer {OneLine(certificate.Issuer)})");
    }

    private static string OneLine(string name) => ShownText.Cut(string.Concat(name.Where(c => !char.IsControl(c))), 200);
}
