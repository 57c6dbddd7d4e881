using System.Text.Json;
using Microsoft.Extensions.Configuration;
using PendoFunctions.Tests.Worlds;

namespace PendoFunctions.Tests;

public sealed class SettingsTests
{
    private static readonly Dictionary<string, string?> Identity = new(StringComparer.Ordinal)
    {
        ["ServiceBusConnection:fullyQualifiedNamespace"] = "ns.servicebus.windows.net",
        ["ServiceBusConnection:credential"] = "managedidentity",
        ["ServiceBusConnection:clientId"] = "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        ["RecordBatchesQueue"] = "record-batches",
        ["SyncRequestsQueue"] = "sync-requests",
        ["SyncTimer"] = "0 * * * * *",
        ["StateTables:serviceUri"] = "https://state.table.core.windows.net/",
        ["KeyVault:uri"] = "https://our-vault.vault.azure.net/",
        ["ManagedIdentity:ClientId"] = "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    };

    [Fact]
    public void The_settings_that_the_template_deploys_are_complete()
    {
        var settings = Bind(Identity);

        Assert.Equal("ns.servicebus.windows.net", settings.ServiceBusNamespace);
        Assert.Equal(new Uri("https://state.table.core.windows.net/"), settings.StateTablesUri);
        Assert.Equal(new Uri("https://our-vault.vault.azure.net/"), settings.KeyVaultUri);
        Assert.Null(settings.ServiceBusConnection);
        Assert.Equal(2, settings.PlansAtOnce);
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "config"), settings.ProjectDirectory);
    }

    [Fact]
    public void The_sample_of_local_settings_is_complete_and_valid()
    {
        using var sample = JsonDocument.Parse(File.ReadAllText(Repository.File("local.settings.sample.json")));
        var values = sample.RootElement.GetProperty("Values").EnumerateObject()
            .ToDictionary(p => p.Name.Replace("__", ":", StringComparison.Ordinal), p => p.Value.GetString(), StringComparer.Ordinal);

        var settings = Bind(values);

        Assert.NotNull(settings.ServiceBusConnection);
        Assert.NotNull(settings.StateTables);
        Assert.Null(settings.KeyVaultUri);
        string[] own = ["RecordBatchesQueue", "SyncRequestsQueue", "SyncTimer", "StateTables", "ServiceBusConnection", "KeyVault:uri",
            "ManagedIdentity:ClientId", "PendoSync:ProjectDirectory", "APPLICATIONINSIGHTS_CONNECTION_STRING"];
        Assert.All(own, name => Assert.Contains(name, values.Keys));
        Assert.False(sample.RootElement.GetProperty("IsEncrypted").GetBoolean());
    }

    [Fact]
    public void Everything_that_is_missing_is_told_at_once()
    {
        var message = Refusal([]);

        Assert.All(["RecordBatchesQueue", "SyncRequestsQueue", "SyncTimer", "ServiceBusConnection__fullyQualifiedNamespace",
            "StateTables__serviceUri"],
            name => Assert.Contains(name, message));
    }

    [Theory]
    [InlineData("SyncTimer", "* * * * *", "six-field")]
    [InlineData("StateTables:serviceUri", "http://state.example.com", "https")]
    [InlineData("KeyVault:uri", "our-vault", "https")]
    [InlineData("ManagedIdentity:ClientId", "my-identity", "client id")]
    [InlineData("PendoSync:ProjectDirectory", "/no/such/folder", "does not exist")]
    [InlineData("PendoSync:PlansAtOnce", "0", "whole number")]
    [InlineData("PendoSync:PlansAtOnce", "two", "then it is 2")]
    [InlineData("StateTables", "UseDevelopmentStorage=true", "Remove one")]
    [InlineData("ServiceBusConnection", "Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey=a", "Remove one")]
    public void A_wrong_setting_is_named_with_its_fix(string key, string value, string fix)
    {
        var message = Refusal(new Dictionary<string, string?>(Identity, StringComparer.Ordinal) { [key] = value });

        Assert.Contains(key.Replace(":", "__", StringComparison.Ordinal), message);
        Assert.Contains(fix, message);
        Assert.DoesNotContain("SharedAccessKey=", message);
    }

    private static Settings Bind(IEnumerable<KeyValuePair<string, string?>> values) =>
        Settings.From(new ConfigurationBuilder().AddInMemoryCollection(values).Build());

    private static string Refusal(IEnumerable<KeyValuePair<string, string?>> values)
    {
        var problem = Assert.Throws<ProblemException>(() => Bind(values)).Problem;
        Assert.Equal(ProblemKind.Configuration, problem.Kind);
        return problem.Message;
    }
}
