using PendoSync.Definitions;

namespace PendoSync.Sources;

/// <summary>How a setting is written and kept.</summary>
public enum SettingKind
{
    /// <summary>Plain text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>Must be given as <c>${secret:name}</c>; clear text is refused.</summary>
    Secret,

    /// <summary>A path, relative to the project folder.</summary>
    File,
}

/// <summary>One setting of a warehouse type; the loader, the JSON Schema and the docs are driven by it.</summary>
/// <param name="Name">As written in YAML.</param>
/// <param name="Kind">How it is written.</param>
/// <param name="Help">One line for people.</param>
/// <param name="Required">True: an error when it is missing.</param>
/// <param name="Default">Used when it is missing; null: nothing.</param>
/// <param name="Values">Allowed values; null: any.</param>
/// <param name="Source">True: it says which data is read, so another value makes the next read full.</param>
public sealed record SettingSpec(string Name, SettingKind Kind, string Help, bool Required = false, string? Default = null,
    IReadOnlyList<string>? Values = null, bool Source = false);

/// <summary>
/// A kind of warehouse: its settings and how to make one. Adding a system is one file with one of these and one line in
/// <see cref="WarehouseTypes"/>.
/// </summary>
public sealed record WarehouseType
{
    /// <summary>As written under <c>type:</c>.</summary>
    public required string Name { get; init; }

    /// <summary>For people: "Amazon Redshift".</summary>
    public required string Title { get; init; }

    /// <summary>Settings in the order of the docs.</summary>
    public required IReadOnlyList<SettingSpec> Settings { get; init; }

    /// <summary>False where a model can only be a table (Google Sheets).</summary>
    public bool HasSql { get; init; } = true;

    /// <summary>The words and marks of a query as this system reads it, without its comments; null: it has no SQL.</summary>
    public Func<string, IReadOnlyList<string>>? SqlWords { get; init; }

    /// <summary>Rules between settings ("private_key needs user"); yields one sentence per broken rule.</summary>
    public Func<IReadOnlyDictionary<string, SecretText>, IEnumerable<string>> Rules { get; init; } = _ => [];

    /// <summary>Makes the warehouse; must not connect.</summary>
    public required Func<WarehouseContext, IWarehouse> Create { get; init; }
}

/// <summary>What a warehouse is made with.</summary>
/// <param name="Connection">Its settings.</param>
/// <param name="ProjectDirectory">Base of relative paths.</param>
/// <param name="Secrets">Resolves <c>${secret:…}</c>.</param>
/// <param name="Clock">Time.</param>
public sealed record WarehouseContext(WarehouseConnection Connection, string ProjectDirectory, ISecretStore Secrets, TimeProvider Clock)
{
    /// <summary>The declared specs, for defaults.</summary>
    public required WarehouseType Type { get; init; }

    /// <summary>True when the user gave the setting.</summary>
    public bool Has(string name) => Connection.Settings.ContainsKey(name);

    /// <summary>The setting's text with secrets put in, its default, or null.</summary>
    public async ValueTask<string?> GetAsync(string name, CancellationToken ct) =>
        Connection.Settings.TryGetValue(name, out var text)
            ? await text.ResolveAsync(Secrets, refresh: false, ct)
            : Type.Settings.FirstOrDefault(s => s.Name == name)?.Default;
}
