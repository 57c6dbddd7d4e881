using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Loading;

/// <summary>Reads the parts of a sync that only track events have.</summary>
internal sealed class EventReader(FileProblems problems, Connections connections)
{
    /// <summary>Reads them.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="from">The instant of <c>start</c>; null: none.</param>
    public EventDefinition? Read(Section sync, DateTimeOffset? from)
    {
        foreach (var needed in new[] { "app", "event" }.Where(k => !sync.Has(k)))
            problems.Add(sync.Place, $"the key '{needed}' is missing",
                needed == "app" ? "Add 'app:' with a name from track_event_secrets." : "Add 'event:' with name, visitor_id and timestamp.");
        App(sync);
        if (sync.Own<Section>("event") is not { } parts)
            return null;
        var timestamp = parts.Own<Section>("timestamp");
        return new EventDefinition
        {
            App = sync.Own<string>("app") ?? "",
            Name = Source(parts.Own<Section>("name"), "name", parts.PlaceOf("name")),
            VisitorId = parts.Own<string>("visitor_id") ?? "",
            AccountId = parts.Own<string>("account_id"),
            Timestamp = timestamp?.Own<string>("column") ?? "",
            TimestampUnit = FieldsReader.UnitOf(timestamp?.Own<string>("unit")),
            Properties = Sources(parts.Own<List<Named>>("properties") ?? []),
            Context = Sources(Context(parts.Own<Section>("context"))),
            Delivery = sync.Get<string>("delivery") == "at_most_once" ? DeliveryPolicy.AtMostOnce : DeliveryPolicy.AtLeastOnce,
            SendTooOld = sync.Get<string>("too_old") == "send",
            StartNow = sync.Get<string>("start") == "now",
            StartAt = from,
            Remember = sync.Get<TimeSpan>("remember"),
            Concurrency = (int)sync.Get<long>("concurrency"),
            Chunk = (int)sync.Get<long>("chunk"),
            MaxPropertiesBytes = (int)sync.Get<long>("max_properties_bytes"),
        };
    }

    private void App(Section sync)
    {
        if (sync.Own<string>("app") is not { } app || sync.Own<string>("pendo") is not { } pendo
            || connections.PendoApps?.GetValueOrDefault(pendo) is not { } apps)
            return;
        if (!apps.Contains(app, StringComparer.Ordinal))
            problems.Add(sync.PlaceOf("app"), $"the Pendo connection '{pendo}' has no application named '{app}'",
                Nearest.Fix(app, apps) ?? SyncReader.Known(apps, "under 'track_event_secrets:' in pendosync.yaml"));
    }

    private static IEnumerable<Named> Context(Section? section) =>
        section is null ? [] : section.Given.Select(key => new Named(key, section.PlaceOf(key), section.Own<Section>(key)));

    private Dictionary<string, ValueSource> Sources(IEnumerable<Named> named) =>
        named.Where(n => n.Value is Section).ToDictionary(n => n.Name, n => Source((Section)n.Value!, n.Name, n.Place),
            StringComparer.Ordinal);

    private ValueSource Source(Section? section, string name, Place place)
    {
        if (section is null)
            return new ValueSource();
        FieldsReader.OneSource(section, problems, name, place);
        var constant = section.Own<object>("constant");
        if (name == "name" && section.Has("constant") && constant is not string { Length: > 0 } and not null)
            problems.Add(section.PlaceOf("constant"), "an event's name is text", "Write it in quotes.");
        else if (name == "name" && constant is string text && IdText.RuleOf(text) is { } rule)
            problems.Add(section.PlaceOf("constant"),
                rule == Rules.EmptyKey ? "the event's name is blank" : $"the event's name: {Rules.Explain(rule)}",
                "Write the name as people shall read it in Pendo.");
        return new ValueSource { Column = section.Own<string>("column"), Constant = constant };
    }
}
