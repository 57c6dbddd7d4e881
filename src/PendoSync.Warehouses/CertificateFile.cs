using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PendoSync.Warehouses;

/// <summary>Certificates of a connection: <c>ca_file</c>, the authorities its server may be signed by, and its user's own.</summary>
internal static class CertificateFile
{
    /// <summary>The full path, after a look whether certificates can be read from it.</summary>
    public static string PathOf(string file, string directory, WarehouseProblems problems)
    {
        foreach (var certificate in Load(file, directory, problems))
            certificate.Dispose();
        return Path.GetFullPath(file, directory);
    }

    /// <summary>The authorities in it; at least one.</summary>
    public static X509Certificate2Collection Load(string file, string directory, WarehouseProblems problems)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(Path.GetFullPath(file, directory));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw problems.Configuration($"the certificates of '{file}' cannot be read",
                "Set 'ca_file' to a PEM file, relative to the folder of pendosync.yaml.", error);
        }

        return authorities.Count > 0 ? authorities
            : throw problems.Configuration($"'{file}' holds no certificate", "Set 'ca_file' to a PEM file.");
    }

    /// <summary>The certificate of a user, with its private key.</summary>
    /// <param name="file">Its PEM file.</param>
    /// <param name="directory">Base of a relative path.</param>
    /// <param name="key">PEM of the key; never shown.</param>
    /// <param name="problems">Names the connection.</param>
    public static X509Certificate2 WithKey(string file, string directory, string key, WarehouseProblems problems)
    {
        try
        {
            using var made = X509Certificate2.CreateFromPem(File.ReadAllText(Path.GetFullPath(file, directory)), key);
            // TLS on Windows takes no key that was only made in memory.
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw problems.Configuration($"'{file}' and the secret of 'client_key' are no certificate and its key",
                "Set 'client_certificate' to a PEM file, and 'client_key' to a secret that holds the PEM of its private key.");
        }
    }
}
