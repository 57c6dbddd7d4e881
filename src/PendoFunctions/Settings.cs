using System.Globalization;
using Microsoft.Extensions.Configuration;
using PendoSync.Definitions;

namespace PendoFunctions;

/// <summary>The app's settings; local.settings.sample.json shows them all. Identity-based connections are the default in Azure.</summary>
public sealed record Settings
{
    /// <summary>Connection string of Service Bus; null when an identity is used.</summary>
    public string? ServiceBusConnection { get; init; }

    /// <summary>Host name of the Service Bus namespace, for an identity; null with a connection string.</summary>
    public string? ServiceBusNamespace { get; init; }

    /// <summary>Queue of batches.</summary>
    public required string RecordBatchesQueue { get; init; }

    /// <summary>Queue of requests for runs.</summary>
    public required string SyncRequestsQueue { get; init; }

    /// <summary>When due syncs are looked for, six-field NCRONTAB in UTC.</summary>
    public required string SyncTimer { get; init; }

    /// <summary>Connection string of the tables that hold state; null when an identity is used.</summary>
    public string? StateTables { get; init; }

    /// <summary>Address of the tables, for an identity; null with a connection string.</summary>
    public Uri? StateTablesUri { get; init; }

    /// <summary>Connection string of the storage of the Functions host, which also keeps the marks of states; null when an identity is
    /// used.</summary>
    public string? HostStorage { get; init; }

    /// <summary>Address of its blobs, for an identity; null: there is none, and a restored state is not noticed.</summary>
    public Uri? HostBlobsUri { get; init; }

    /// <summary>The Key Vault; null: secrets come from environment variables.</summary>
    public Uri? KeyVaultUri { get; init; }

    /// <summary>Client id of the user-assigned identity; null: whoever is signed in.</summary>
    public string? IdentityClientId { get; init; }

    /// <summary>The folder of pendosync.yaml and syncs/; relative to the app. Default: config.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>Syncs that one process plans at once. Default 2: of the messages it takes, more would want its memory at the same
    /// time.</summary>
    public required int PlansAtOnce { get; init; }

    /// <summary>Where telemetry goes; null: nowhere.</summary>
    public string? ApplicationInsights { get; init; }

    /// <summary>Reads and checks every setting; no host is called.</summary>
    /// <exception cref="ProblemException">Configuration: all problems at once.</exception>
    public static Settings From(IConfiguration configuration)
    {
        var reading = new Reading(configuration);
        var settings = new Settings
        {
            ServiceBusConnection = reading.Text("ServiceBusConnection"),
            ServiceBusNamespace = reading.Text("ServiceBusConnection:fullyQualifiedNamespace"),
            RecordBatchesQueue = reading.Needed("RecordBatchesQueue", "Set it to record-batches."),
            SyncRequestsQueue = reading.Needed("SyncRequestsQueue", "Set it to sync-requests."),
            SyncTimer = reading.Needed("SyncTimer", "Set it to \"0 * * * * *\" (each minute)."),
            StateTables = reading.Text("StateTables"),
            StateTablesUri = reading.Address("StateTables:serviceUri"),
            HostStorage = reading.Text("AzureWebJobsStorage"),
            HostBlobsUri = reading.Address("AzureWebJobsStorage:blobServiceUri"),
            KeyVaultUri = reading.Address("KeyVault:uri"),
            IdentityClientId = reading.Text("ManagedIdentity:ClientId"),
            ProjectDirectory = Path.GetFullPath(reading.Text("PendoSync:ProjectDirectory") ?? "config", AppContext.BaseDirectory),
            PlansAtOnce = reading.Number("PendoSync:PlansAtOnce", 2),
            ApplicationInsights = reading.Text("APPLICATIONINSIGHTS_CONNECTION_STRING"),
        };
        reading.ExactlyOne("ServiceBusConnection", settings.ServiceBusConnection, "ServiceBusConnection:fullyQualifiedNamespace",
            settings.ServiceBusNamespace);
        reading.ExactlyOne("StateTables", settings.StateTables, "StateTables:serviceUri", reading.Text("StateTables:serviceUri"));
        reading.Check(settings.SyncTimer.Length == 0 || IsSchedule(settings.SyncTimer), "SyncTimer",
            "is not a six-field NCRONTAB expression", "Set it to \"0 * * * * *\" (each minute).");
        reading.Check(Directory.Exists(settings.ProjectDirectory), "PendoSync:ProjectDirectory",
            $"names a folder that does not exist: {settings.ProjectDirectory}", "Deploy the folder with the app, or correct the setting.");
        reading.Check(settings.IdentityClientId is null || Guid.TryParse(settings.IdentityClientId, out _), "ManagedIdentity:ClientId",
            "is not a client id", "Set it to the client id (a GUID) of the user-assigned identity.");
        return reading.Problems.Count == 0
            ? settings
            : throw new ProblemException(ProblemKind.Configuration, "the app's settings are not complete: "
                + string.Join(" ", reading.Problems));
    }

    // The host takes six fields only.
    private static bool IsSchedule(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length == 6 && CronLine.Parse(text, out _) is not null;

    private sealed class Reading(IConfiguration configuration)
    {
        public List<string> Problems { get; } = [];

        public string? Text(string key) => configuration[key] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

        public string Needed(string key, string fix)
        {
            var text = Text(key);
            Check(text is not null, key, "is missing", fix);
            return text ?? "";
        }

        public int Number(string key, int unset)
        {
            var number = unset;
            Check(Text(key) is not { } text || (int.TryParse(text, CultureInfo.InvariantCulture, out number) && number >= 1), key,
                "is not a whole number from 1 on", $"Leave it out (then it is {unset}), or correct it.");
            return number;
        }

        public Uri? Address(string key)
        {
            if (Text(key) is not { } text)
                return null;
            var valid = Uri.TryCreate(text, UriKind.Absolute, out var address)
                && (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback);
            Check(valid, key, "is not an https address", "Set it to the address that the Azure portal shows.");
            return valid ? address : null;
        }

        public void ExactlyOne(string key, string? value, string otherKey, string? otherValue)
        {
            Check(value is not null || otherValue is not null, key, $"is missing, and so is {Shown(otherKey)}",
                $"In Azure set {Shown(otherKey)}; locally a connection string works.");
            Check(value is null || otherValue is null, key, $"is set beside {Shown(otherKey)}", "Remove one of them.");
        }

        public void Check(bool holds, string key, string problem, string fix)
        {
            if (!holds)
                Problems.Add($"{Shown(key)} {problem}. {fix}");
        }

        private static string Shown(string key) => key.Replace(":", "__", StringComparison.Ordinal);
    }
}
