using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PendoSync.Warehouses;

/// <summary>The file of a connection's <c>ca_file</c>: the certificate authorities its server may be signed by.</summary>
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
}
