using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.Tests.Conformance;

namespace PendoFunctions.Tests.Azure;

/// <summary>Key Vault: the real client, and a handler that answers as a vault does.</summary>
public sealed class KeyVaultConformanceTests : SecretStoreConformance
{
    private readonly FakeVault _vault = new();

    public KeyVaultConformanceTests() => Store = new KeyVaultSecrets(_vault.Client(), TimeProvider.System);

    protected override ISecretStore Store { get; }

    protected override void Put(string name, string value) => _vault.Secrets[name] = value;
}
