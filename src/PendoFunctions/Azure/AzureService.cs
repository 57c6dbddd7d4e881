namespace PendoFunctions.Azure;

/// <summary>An Azure service as its problems speak of it.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Reach">What to look at when it cannot be reached.</param>
/// <param name="Grant">What to grant when it refuses.</param>
internal sealed record AzureService(string Name, string Reach, string Grant)
{
    private const string Soon = "a new grant takes up to ten minutes";

    /// <summary>Where state is kept.</summary>
    public static AzureService Tables { get; } = new("Table Storage", "Check StateTables and the network rules of the storage account.",
        $"Grant the app's identity the role Storage Table Data Contributor on the storage account; {Soon}.");

    /// <summary>Where marks of states are kept.</summary>
    public static AzureService Blobs { get; } = new("Blob Storage",
        "Check AzureWebJobsStorage and the network rules of the storage account.",
        $"Grant the app's identity the role Storage Blob Data Owner on the storage account; {Soon}.");

    /// <summary>Where batches and requests wait.</summary>
    public static AzureService Bus { get; } =
        new("Service Bus",
        "Try again; sending twice is safe. If it stays, check ServiceBusConnection and the network rules of the namespace.",
        $"Grant the app's identity the role Azure Service Bus Data Sender on the queue; {Soon}.");

    /// <summary>Where secrets are kept.</summary>
    /// <param name="host">Host name of the vault.</param>
    public static AzureService Vault(string host) => new($"the vault {host}", "Check KeyVault__uri and the network rules of the vault.",
        $"Grant the app's identity the role Key Vault Secrets User on the vault ({Soon}) and enable the secret.");
}
