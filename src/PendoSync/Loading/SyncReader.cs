using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Loading;

/// <summary>A sync as far as it could be read, with the places that checks across files need.</summary>
internal sealed record SyncDraft(SyncDefinition Definition, Section Section, FileProblems Problems)
{
    /// <summary>Null when it is missing or wrong.</summary>
    public string? Name => Section.Own<string>("name");

    /// <summary>Null when it is missing or wrong.</summary>
    public PendoObject? Object { get; init; }

    public required IReadOnlyList<Located> After { get; init; }

    /// <summary>Where each mapped field stands.</summary>
    public required IReadOnlyDictionary<string, Place> FieldPlaces { get; init; }
}

/// <summary>
/// Reads one sync's file; what it refers to is checked here, what it shares with other syncs in <see cref="CrossChecks"/>.
/// </summary>
internal sealed class SyncReader(FileProblems problems, Connections connections, IReadOnlyList<WarehouseType> types, ModelReader models)
{
    public SyncDraft Read(YamlMap map)
    {
        var section = new Section(map, map.Place, SyncKeys.Root.Keys, new ValueReader(problems, types));
        PendoObject? target = section.Own<string>("object") switch
        {
            "account" => PendoObject.Account,
            "visitor" => PendoObject.Visitor,
            "parent_account" => PendoObject.ParentAccount,
            "track_event" => PendoObject.TrackEvent,
            _ => null,
        };
        var warehouse = Warehouse(section);
        Reference(section, "pendo", connections.PendoApps?.Keys, "Pendo connection", "under 'pendo:' in pendosync.yaml");
        Applies(section, target);
        var key = section.Own<string>("key");
        var zone = section.Own<TimeZoneInfo>("time_zone") ?? warehouse?.TimeZone ?? TimeZoneInfo.Utc;
        var fields = new FieldsReader(problems, types, zone).Read(section, key, target);
        var (schedule, after) = Timing(section);
        var (adopts, from) = Start(section, target, zone);
        return new SyncDraft(
            new SyncDefinition
            {
                Name = section.Own<string>("name") ?? "",
                File = problems.File,
                Warehouse = section.Own<string>("warehouse") ?? "",
                Model = models.Read(section, warehouse is null ? null : types.First(t => t.Name == warehouse.Type), problems),
                Pendo = section.Own<string>("pendo") ?? "",
                Object = target ?? PendoObject.Visitor,
                Behavior = BehaviorOf(section, target),
                Key = key ?? "",
                Group = fields.Flags ? SyncDefinition.FlagGroup : section.Get<string>("group")!,
                AllowReset = section.Get<bool>("allow_reset"),
                Fields = fields.Fields,
                AllColumns = fields.AllColumns,
                Exclude = fields.Exclude,
                CreateFields = section.Get<bool>("create_fields"),
                WhenNull = FieldsReader.NullRuleOf(section.Get<string>("when_null")) ?? NullRule.Skip,
                Event = target is PendoObject.TrackEvent ? new EventReader(problems, connections).Read(section, from) : null,
                StartAdopt = adopts,
                VerifyEvery = section.Own<TimeSpan?>("verify_every") is { } every && every != Timeout.InfiniteTimeSpan ? every : null,
                RepairsDrift = section.Get<string>("on_drift") == "repair",
                Schedule = schedule,
                After = [.. after.Select(a => a.Text)],
                TimeZone = section.Own<TimeZoneInfo>("time_zone"),
                FullEvery = FullEvery(section, target),
                BatchSize = (int)section.Get<long>("batch_size"),
                BatchBytes = (int)section.Get<long>("batch_bytes"),
                Limits = LimitsOf(section.Own<Section>("limits")),
                Paused = section.Get<bool>("paused"),
                RenamedFrom = section.Own<string>("renamed_from"),
                Hash = "",
            },
            section, problems)
        {
            Object = target,
            After = after,
            FieldPlaces = fields.Places,
        };
    }

    private WarehouseConnection? Warehouse(Section section)
    {
        Reference(section, "warehouse", connections.WarehouseNames, "warehouse", "under 'warehouses:' in pendosync.yaml");
        return section.Own<string>("warehouse") is { } name ? connections.Warehouses.GetValueOrDefault(name) : null;
    }

    private void Reference(Section section, string key, IEnumerable<string>? known, string what, string where)
    {
        if (section.Own<string>(key) is { } name && known is not null && !known.Contains(name, StringComparer.Ordinal))
            problems.Add(section.PlaceOf(key), $"there is no {what} named '{name}'", Nearest.Fix(name, known) ?? Known(known, where));
    }

    /// <summary>The names there are, or where to add one.</summary>
    public static string Known(IEnumerable<string> known, string where)
    {
        var names = known.Order(StringComparer.Ordinal).ToList();
        return names.Count == 0 ? $"Add it {where}." : $"Known: {string.Join(", ", names)}. Or add it {where}.";
    }

    private void Applies(Section section, PendoObject? target)
    {
        if (target is null)
            return;
        var isEvent = target is PendoObject.TrackEvent;
        foreach (var spec in SyncKeys.Root.Keys.Where(k => section.Has(k.Name)))
        {
            if (spec.For is KeyFor.Events && !isEvent)
                problems.Add(section.PlaceOf(spec.Name),
                    $"'{spec.Name}' is for track_event syncs; this one writes {section.Own<string>("object")}s", $"Remove '{spec.Name}'.");
            else if (spec.For is KeyFor.Records && isEvent)
                problems.Add(section.PlaceOf(spec.Name), $"'{spec.Name}' is for account and visitor syncs; this one sends track events",
                    $"Remove '{spec.Name}'.");
        }
    }

    private Behavior BehaviorOf(Section section, PendoObject? target)
    {
        var word = section.Own<string>("behavior");
        if (word is not null && target is not null && (word == "send") != (target is PendoObject.TrackEvent))
        {
            var allowed = target is PendoObject.TrackEvent ? "send" : "update_or_create or update_only";
            problems.Add(section.PlaceOf("behavior"), $"object {section.Own<string>("object")} does not have the behavior '{word}'",
                $"Write {allowed}.");
        }

        return word switch { "send" => Behavior.Send, "update_only" => Behavior.UpdateOnly, _ => Behavior.UpdateOrCreate };
    }

    private (Schedule?, IReadOnlyList<Located>) Timing(Section section)
    {
        var inner = section.Own<Section>("schedule");
        var ways = new List<Way>();
        foreach (var part in new[] { inner, section }.OfType<Section>())
        {
            if (part != section && part.Own<string>("cron") is { } cron)
                ways.Add(new Way(part.PlaceOf("cron"), cron.Length == 0 ? null : new Schedule { Cron = cron }));
            if (part.Own<TimeSpan?>("every") is { } every)
                ways.Add(new Way(part.PlaceOf("every"), new Schedule { Every = every }));
        }

        if (ways.Count > 1)
            problems.Add(ways[1].Place, "the sync has two schedules", "Keep the cron line or 'every'.");
        var after = new[] { inner, section }.OfType<Section>()
            .SelectMany(s => s.Own<List<Located>>("after") ?? [])
            .DistinctBy(a => a.Text, StringComparer.Ordinal);
        return (ways.Count > 0 ? ways[0].Schedule : null, [.. after]);
    }

    private sealed record Way(Place Place, Schedule? Schedule);

    private (bool Adopts, DateTimeOffset? From) Start(Section section, PendoObject? target, TimeZoneInfo zone)
    {
        var word = section.Own<string>("start");
        var isEvent = target is PendoObject.TrackEvent;
        if (word is null || target is null || (isEvent ? word is "all" or "now" : word == "adopt"))
            return (word == "adopt" && !isEvent, null);
        if (isEvent && word != "adopt" && TimeText.TryParse(word, zone, out var at, out _))
            return (false, new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)));
        problems.Add(section.PlaceOf("start"), $"'{word}' is no start of a sync that writes {section.Own<string>("object")}s",
            isEvent ? "Write all, now, or an instant such as 2026-03-01T00:00:00Z."
                : "Write adopt, or remove 'start': the first run then sends every record.");
        return (false, null);
    }

    private TimeSpan? FullEvery(Section section, PendoObject? target)
    {
        var every = section.Own<TimeSpan?>("full_every");
        if (target is PendoObject.TrackEvent && every > EventDefinition.MaxAge)
            problems.Add(section.PlaceOf("full_every"), "events that a full read finds after 7 days are too old for Pendo",
                "Write at most 7d.");
        return every == Timeout.InfiniteTimeSpan ? null : every ?? TimeSpan.FromHours(24);
    }

    private static Limits LimitsOf(Section? section) => section is null ? new Limits() : new Limits
    {
        MaxInvalidPercent = section.Get<double>("max_invalid_percent"),
        MaxRejectedPercent = section.Get<double>("max_rejected_percent"),
        MaxChangedPercent = section.Get<double>("max_changed_percent"),
        MaxNotFoundPercent = section.Get<double>("max_not_found_percent"),
        DegradedPercent = section.Get<double>("degraded_percent"),
        MinRecords = (int)section.Get<long>("min_records"),
    };
}
