using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PendoSync.Warehouses.Snowflake;

/// <summary>
/// Key-pair tokens: RS256, issuer ACCOUNT.USER.SHA256:fingerprint of the public key, at most one hour.
/// https://docs.snowflake.com/en/developer-guide/sql-api/authenticating#using-key-pair-authentication
/// </summary>
internal static class SnowflakeKeyPair
{
    /// <summary>How long a token is used; Snowflake accepts 60 minutes from its issue.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(55);

    /// <summary>A token that starts now.</summary>
    /// <exception cref="CryptographicException">The key or the passphrase is wrong.</exception>
    /// <exception cref="ArgumentException">The key is not PEM.</exception>
    public static string Token(string account, string user, string privateKey, string? passphrase, DateTimeOffset now)
    {
        using var rsa = RSA.Create();
        // One-line secrets hold the line breaks of a PEM as backslash n.
        var pem = privateKey.Replace("\\n", "\n", StringComparison.Ordinal);
        if (passphrase is null)
            rsa.ImportFromPem(pem);
        else
            rsa.ImportFromEncryptedPem(pem, passphrase);
        var subject = $"{AccountName(account)}.{user.ToUpperInvariant()}";
        var fingerprint = Convert.ToBase64String(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()));
        var payload = JsonSerializer.Serialize(new
        {
            iss = $"{subject}.SHA256:{fingerprint}",
            sub = subject,
            iat = now.ToUnixTimeSeconds(),
            exp = (now + Lifetime).ToUnixTimeSeconds(),
        });
        // The signature provider must not be cached: it would outlive the key.
        var key = new RsaSecurityKey(rsa) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
            .CreateToken(payload, new SigningCredentials(key, SecurityAlgorithms.RsaSha256));
    }

    /// <summary>
    /// The account in capitals; a locator without its region ("xy12345.us-east-1" is XY12345), an organization's account with its hyphen.
    /// </summary>
    private static string AccountName(string account)
    {
        var dot = account.IndexOf('.');
        return (dot < 0 ? account : account[..dot]).ToUpperInvariant();
    }
}
