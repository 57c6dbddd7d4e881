using System.Globalization;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Loading;

/// <summary>What pendosync.yaml gave. Names are kept even of broken connections, so that one mistake is reported once.</summary>
internal sealed class Connections
{
    public Dictionary<string, PendoConnection> Pendo { get; } = new(StringComparer.Ordinal);

    /// <summary>Applications by Pendo connection; null when the file could not be read.</summary>
    public Dictionary<string, IReadOnlyList<string>>? PendoApps { get; set; }

    public Dictionary<string, WarehouseConnection> Warehouses { get; } = new(StringComparer.Ordinal);

    /// <summary>Null when the file could not be read.</summary>
    public List<string>? WarehouseNames { get; set; }

    public List<AlertDraft> Alerts { get; } = [];

    /// <summary>False when the file as a whole cannot be used.</summary>
    public bool IsUsable { get; set; }

    /// <summary>What is wrong with each Pendo connection.</summary>
    public Dictionary<string, IReadOnlyList<DefinitionProblem>> PendoFaults { get; } = new(StringComparer.Ordinal);

    /// <summary>What is wrong with each warehouse.</summary>
    public Dictionary<string, IReadOnlyList<DefinitionProblem>> WarehouseFaults { get; } = new(StringComparer.Ordinal);

    /// <summary>The file's problems, for checks that need the syncs too.</summary>
    public required FileProblems Problems { get; init; }
}

/// <summary>An alert as far as it could be read.</summary>
internal sealed record AlertDraft(AlertDefinition Alert, Section Section, bool Faulty);

/// <summary>Reads pendosync.yaml.</summary>
internal static class ConnectionsReader
{
    public static Connections Read(YamlMap? map, FileProblems problems, IReadOnlyList<WarehouseType> types)
    {
        var connections = new Connections { Problems = problems };
        if (map is null)
            return connections;
        var root = new Section(map, map.Place, ProjectKeys.Root.Keys, new ValueReader(problems, types));
        connections.PendoApps = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        // Beside connections and alerts the file has nothing that only some syncs need.
        var parts = new[] { "pendo", "warehouses" }.SelectMany(k => root.Own<List<Named>>(k) ?? []).SelectMany(n => n.Faults);
        connections.IsUsable = !root.Faults.Except(parts).Except(root.FaultsOf("alerts")).Any();
        foreach (var entry in root.Own<List<Named>>("pendo") ?? [])
        {
            var (name, before) = (entry.Name, problems.Own.Count);
            var section = entry.Value as Section;
            var apps = section?.Own<List<Named>>("track_event_secrets") ?? [];
            connections.PendoApps[name] = [.. apps.Select(a => a.Name)];
            if (section is not null && Pendo(name, section, apps, problems) is { } pendo)
                connections.Pendo[name] = pendo;
            connections.PendoFaults[name] = [.. entry.Faults, .. problems.Since(before)];
        }

        connections.WarehouseNames = [];
        foreach (var entry in root.Own<List<Named>>("warehouses") ?? [])
        {
            var (name, before) = (entry.Name, problems.Own.Count);
            connections.WarehouseNames.Add(name);
            if (entry.Value is Section section && section.Own<string>("type") is { } type)
                connections.Warehouses[name] = Warehouse(name, section, types.First(t => t.Name == type), problems);
            connections.WarehouseFaults[name] = [.. entry.Faults, .. problems.Since(before)];
        }

        Alerts(root, connections);
        return connections;
    }

    private static PendoConnection? Pendo(string name, Section section, List<Named> apps, FileProblems problems)
    {
        var region = PendoRegion.All.FirstOrDefault(r => r.Name == section.Own<string>("region"));
        var (api, data) = (section.Own<Uri>("api_url"), section.Own<Uri>("data_url"));
        var custom = section.Has("api_url") || section.Has("data_url");
        if (section.Has("region") && custom)
            problems.Add(section.PlaceOf("region"), "both a region and addresses are given",
                "Keep 'region', or 'api_url' with 'data_url'.");
        else if (section.Has("api_url") != section.Has("data_url"))
            problems.Add(section.Place, $"'{(section.Has("api_url") ? "data_url" : "api_url")}' is missing",
                "'api_url' and 'data_url' go together.");
        else if (!section.Has("region") && !custom)
            problems.Add(section.Place, "the key 'region' is missing",
                $"Add 'region:' (one of {string.Join(", ", PendoRegion.All.Select(r => r.Name))}), or 'api_url' and 'data_url'.");
        foreach (var plain in new[] { "api_url", "data_url" }.Where(k => section.Own<Uri>(k) is { } url && Outbound.IsReadable(url)))
        {
            if (!section.Get<bool>("allow_http"))
                problems.Add(section.PlaceOf(plain), $"the keys would travel to '{plain}' over http, where others can read them",
                    "Write https://, or `allow_http: true` if the way there is safe.");
        }

        if (section.Own<SecretText>("integration_key") is not { } key || (region?.ApiUrl ?? api) is not { } apiUrl
            || (region?.DataUrl ?? data) is not { } dataUrl)
            return null;
        return new PendoConnection
        {
            Name = name,
            Region = region?.Name ?? "custom",
            ApiUrl = apiUrl,
            DataUrl = dataUrl,
            IntegrationKey = key,
            TrackEventSecrets = apps.Where(a => a.Value is SecretText).ToDictionary(a => a.Name, a => (SecretText)a.Value!,
                StringComparer.Ordinal),
            MaxCallsPerSecond = section.Get<double>("max_calls_per_second"),
            MaxParallelCalls = (int)section.Get<long>("max_parallel_calls"),
            ParentAccountId = section.Get<string>("parent_account_id")!,
            SubscriptionId = section.Own<string>("subscription_id"),
        };
    }

    private static WarehouseConnection Warehouse(string name, Section section, WarehouseType type, FileProblems problems)
    {
        var settings = new Dictionary<string, SecretText>(StringComparer.Ordinal);
        foreach (var spec in type.Settings)
        {
            if (section.Own<object>(spec.Name) is { } value)
                settings[spec.Name] = value as SecretText ?? new SecretText(TextOf(value));
        }

        // Rules between settings are judged only when every setting is right by itself: a wrong one counts as missing here.
        if (type.Settings.All(s => section.Has(s.Name) ? settings.ContainsKey(s.Name) : !s.Required))
        {
            foreach (var broken in type.Rules(settings))
                problems.Add(section.Place, $"warehouse '{name}': {broken.TrimEnd('.')}");
        }

        return new WarehouseConnection
        {
            Name = name,
            Type = type.Name,
            Settings = settings,
            Source = SourceOf(type, settings),
            TimeZone = section.Own<TimeZoneInfo>("time_zone") ?? TimeZoneInfo.Utc,
        };
    }

    /// <summary>See <see cref="WarehouseConnection.Source"/>.</summary>
    internal static string SourceOf(WarehouseType type, IReadOnlyDictionary<string, SecretText> settings) => string.Join('\n',
        type.Settings.Where(spec => spec.Source && settings.ContainsKey(spec.Name)).Select(spec => $"{spec.Name}: {settings[spec.Name]}")
            .Prepend(type.Name));

    private static void Alerts(Section root, Connections connections)
    {
        foreach (var section in root.Own<List<Section>>("alerts") ?? [])
        {
            var (name, before) = (section.Own<string>("name"), connections.Problems.Own.Count);
            if (name is not null && connections.Alerts.Any(a => a.Alert.Name == name))
                connections.Problems.Add(section.PlaceOf("name"), $"there are two alerts named '{name}'", "Give each its own name.");
            var format = section.Get<string>("format")!;
            var url = section.Own<SecretText>("url");
            if (format == "slack" && section.Has("secret"))
                connections.Problems.Add(section.PlaceOf("secret"), "messages to Slack are not signed",
                    "Remove 'secret', or use 'format: webhook'.");
            connections.Alerts.Add(new AlertDraft(new AlertDefinition
            {
                Name = name ?? "",
                Url = url ?? new SecretText(""),
                Format = format,
                Secret = section.Own<SecretText>("secret"),
                On = Texts(section, "on"),
                Syncs = Texts(section, "syncs"),
                NoSuccessHours = section.Get<double>("no_success_hours"),
                RejectedPercent = section.Get<double>("rejected_percent"),
                InvalidPercent = section.Get<double>("invalid_percent"),
                NotFoundPercent = section.Get<double>("not_found_percent"),
            }, section, section.Faults.Count > 0 || connections.Problems.Own.Count > before));
        }
    }

    private static List<string> Texts(Section section, string key) => [.. (section.Get<List<Located>>(key) ?? []).Select(l => l.Text)];

    private static string TextOf(object value) =>
        value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
