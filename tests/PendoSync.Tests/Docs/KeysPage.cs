using System.Text;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Sources;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Docs;

/// <summary>docs/reference/keys.md, written from what the loader itself reads by.</summary>
internal static class KeysPage
{
    /// <summary>The page.</summary>
    public static string Write()
    {
        var page = new StringBuilder("""
            # Keys

            Every key of `pendosync.yaml` and of the files in `syncs/`. Written from the definitions that the loader reads by
            (`PENDOSYNC_WRITE_DOCS=1 dotnet test --filter FullyQualifiedName~DocsTests`); editors show the same by the JSON Schemas.
            `${env:NAME}` may stand for any value but a secret.

            ## pendosync.yaml

            """);
        WriteTable(page, "", ProjectKeys.Root.Keys);
        page.Append("\n## A warehouse\n\nKeys of an entry of `warehouses`, by its `type`.\n");
        foreach (var type in WarehouseTypes.All.OrderBy(t => t.Title, StringComparer.Ordinal))
        {
            page.Append($"\n### {type.Title}: `type: {type.Name}`\n\n");
            WriteHead(page);
            foreach (var setting in type.Settings)
                WriteRow(page, setting.Name, Word(setting), setting.Required ? "required" : setting.Default, Example(setting),
                    setting.Help);
        }

        page.Append("\n## syncs/NAME.yaml\n\n");
        WriteTable(page, "", SyncKeys.Root.Keys);
        return page.ToString();
    }

    private static void WriteTable(StringBuilder page, string path, IReadOnlyList<KeySpec> keys)
    {
        WriteHead(page);
        WriteRows(page, path, keys);
    }

    private static void WriteHead(StringBuilder page) =>
        page.Append("| key | value | default | example | meaning |\n| --- | --- | --- | --- | --- |\n");

    private static void WriteRows(StringBuilder page, string path, IReadOnlyList<KeySpec> keys)
    {
        foreach (var key in keys)
        {
            var name = path + key.Name;
            var help = key.For switch
            {
                KeyFor.Records => key.Help + " Accounts and visitors.",
                KeyFor.Events => key.Help + " Track events.",
                _ => key.Help,
            };
            WriteRow(page, name, Word(key), key.Required ? "required" : key.Default, Example(key), help);
            WriteRows(page, key.Kind == ValueKind.Groups ? $"{name}[]." : $"{name}.", key.Keys);
            if (key.Item is { } item)
                WriteRows(page, $"{name}.NAME.", item.Keys);
        }
    }

    private static void WriteRow(StringBuilder page, string name, string value, string? otherwise, string example, string help) =>
        page.Append($"| `{name}` | {value} | {Code(otherwise)} | {Code(example)} ")
            .Append($"| {help.Replace("|", "\\|", StringComparison.Ordinal)} |\n");

    private static string Code(string? text) => text switch { null or "" => "", "required" => text, _ => $"`{text}`" };

    private static string Word(KeySpec key) => key.Kind switch
    {
        ValueKind.Word => string.Join("; ", key.Values.Select(v => WordTexts.Of(key.Name, v) is { } text ? $"`{v}`: {text}" : $"`{v}`")),
        ValueKind.Words => "list of " + string.Join(", ", key.Values.Select(v => $"`{v}`")),
        ValueKind.Whole => "whole number" + Bounds(key),
        ValueKind.Number => "number" + Bounds(key),
        ValueKind.Flag => "true or false",
        ValueKind.Duration => "duration",
        ValueKind.DurationOrNever => "duration or `never`",
        ValueKind.Lookback => "duration or count",
        ValueKind.Zone => "time zone (IANA)",
        ValueKind.Cron => "cron line of 5 or 6 fields, or `none`",
        ValueKind.Secret => "secret",
        ValueKind.Texts => "list of texts",
        ValueKind.Group => key.ShortFor is { } brief ? $"keys; alone: its `{brief}`" : "keys",
        ValueKind.Groups => "list of keys",
        ValueKind.Map => "names, each with " + (key.Item!.Kind == ValueKind.Group ? "keys" : Word(key.Item)),
        ValueKind.Fields => "Pendo field: column or keys",
        ValueKind.Warehouse => "keys by its type",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private static string Bounds(KeySpec key) => (key.Min > int.MinValue, key.Max < int.MaxValue) switch
    {
        (true, true) => FormattableString.Invariant($", {key.Min} to {key.Max}"),
        (true, false) => FormattableString.Invariant($", {key.Min} or more"),
        _ => "",
    };

    private static string Example(KeySpec key) => key.Kind switch
    {
        ValueKind.Word => key.Values.Count > 0 ? key.Values[0] : "",
        ValueKind.Words => key.Values.Count > 0 ? $"[{key.Values[0]}]" : "",
        ValueKind.Flag => "true",
        ValueKind.Duration or ValueKind.Lookback => "15m",
        ValueKind.DurationOrNever => "24h",
        ValueKind.Zone => "Europe/Berlin",
        ValueKind.Cron => "0 6 * * 1-5",
        ValueKind.Secret => "${secret:name}",
        ValueKind.Whole or ValueKind.Number => key.Default ?? "10",
        ValueKind.Sql => "select id, plan from visitors",
        ValueKind.Url => "http://127.0.0.1:5199",
        ValueKind.Column => "email",
        ValueKind.Constant => "enterprise",
        _ => "",
    };

    private static string Word(SettingSpec setting) => setting switch
    {
        { Values: { } values } => string.Join("; ",
            values.Select(v => WordTexts.Of(setting.Name, v) is { } text ? $"`{v}`: {text}" : $"`{v}`")),
        { Kind: SettingKind.Number } => "whole number",
        { Kind: SettingKind.Flag } => "true or false",
        { Kind: SettingKind.Secret } => "secret",
        { Kind: SettingKind.File } => "path",
        _ => "text",
    };

    private static string Example(SettingSpec setting) => setting.Kind switch
    {
        SettingKind.Secret => "${secret:name}",
        SettingKind.Flag => "true",
        _ => setting.Values is [var first, ..] ? first : setting.Default ?? "",
    };
}
