using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using PendoSimulator.Records;

namespace PendoSimulator.Api;

/// <summary>Reading, creating, reviving and deleting metadata fields.</summary>
internal sealed partial class SchemaEndpoints(SimulatedPendo pendo)
{
    public Answer Read(ApiCall call)
    {
        if (Kind(call, 2, out var refusal) is not { } kind)
            return refusal!;
        var listed = pendo.Options.DeletedFieldsListed ? kind.Fields.All : kind.Fields.Canonical;
        var groups = listed.GroupBy(f => f.Group).ToDictionary(g => g.Key, g => g.ToDictionary(f => f.Name, f => new SchemaField(f)));
        return Answer.Json(JsonSerializer.SerializeToUtf8Bytes(groups));
    }

    public Answer Create(ApiCall call)
    {
        var options = pendo.Options;
        if (Kind(call, 2, out var refusal) is not { } kind)
            return refusal!;
        if (WritableGroup(call, out refusal) is not { } group)
            return refusal!;
        List<NewField?>? wanted;
        try
        {
            wanted = JsonSerializer.Deserialize<List<NewField?>>(call.Body);
        }
        catch (JsonException)
        {
            return Answer.Refused(400, "The body must be an array of fields.", options.ErrorBodies);
        }
        if (Problem(wanted, kind, group) is { } problem)
            return Answer.Refused(400, problem, options.ErrorBodies);
        foreach (var field in wanted!)
        {
            var type = field!.Type == "number" ? options.NumberTypeName : field.Type!;
            kind.AddField(group, Stored(field.Name!), type, field.DisplayName ?? field.Name!, options.FieldNamesIgnoreCase);
        }
        return Answer.Json(options.SchemaAnswer);
    }

    public Answer Delete(ApiCall call)
    {
        if (Kind(call, 2, out var refusal) is not { } kind)
            return refusal!;
        if (WritableGroup(call, out refusal) is not { } group)
            return refusal!;
        return kind.DeleteField(group, call.PathPart(4), pendo.Options.FieldNamesIgnoreCase)
            ? Answer.Json(pendo.Options.SchemaAnswer)
            : Answer.Refused(404, $"There is no field {call.PathPart(4)}.", pendo.Options.ErrorBodies);
    }

    private string? Problem(List<NewField?>? wanted, RecordKind kind, string group)
    {
        if (wanted is null)
            return "The body must be an array of fields.";
        foreach (var field in wanted)
        {
            if (field?.Name is null || !FieldName().IsMatch(field.Name))
                return "A field needs a name of letters, digits and underscores that does not begin with a digit.";
            if (field.Type is null || !pendo.Options.CreatableTypes.Contains(field.Type))
                return $"Field {field.Name} needs a type: {string.Join(", ", pendo.Options.CreatableTypes)}.";
            var exists = kind.Fields.Find(group, Stored(field.Name), pendo.Options.FieldNamesIgnoreCase) is not null;
            if (exists && pendo.Options.ExistingField == ExistingFieldPolicy.Reject400)
                return $"Field {field.Name} exists.";
        }
        return null;
    }

    private string Stored(string name) => pendo.Options.FieldNamesFolded
        ? name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant() : name;

    private RecordKind? Kind(ApiCall call, int part, out Answer? refusal)
    {
        var kind = pendo.FindKind(call.PathPart(part));
        refusal = kind is null
            ? Answer.Refused(pendo.Options.UnknownKindStatus, $"Unknown kind {call.PathPart(part)}.", pendo.Options.ErrorBodies)
            : null;
        return kind;
    }

    private string? WritableGroup(ApiCall call, out Answer? refusal)
    {
        var group = call.PathPart(3);
        refusal = null;
        if (group is "agent" or "custom")
            return group;
        refusal = Answer.Refused(pendo.Options.UnwritableGroupStatus, $"Fields of group {group} cannot be changed.",
            pendo.Options.ErrorBodies);
        return null;
    }

    /// <summary>Documented in SUP-360031832072.</summary>
    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FieldName();

    private sealed record NewField(
        [property: JsonPropertyName("name")] string? Name,
        [property: JsonPropertyName("displayname")] string? DisplayName,
        [property: JsonPropertyName("type")] string? Type);

    /// <summary>Pendo mixes the casing of these names exactly so (tap-pendo, discover.py).</summary>
    private sealed class SchemaField(Field source)
    {
        public string Type => source.TypeName;

        public string DisplayName => source.DisplayName;

        public string ElementType => source.Type == FieldType.List ? "string" : "";

        public string ElementFormat => "";

        public bool Dirty => false;

        [JsonPropertyName("isHidden")]
        public bool IsHidden => false;

        [JsonPropertyName("isDeleted")]
        public bool IsDeleted => source.Deleted;

        [JsonPropertyName("isCalculated")]
        public bool IsCalculated => false;

        [JsonPropertyName("isPerApp")]
        public bool IsPerApp => false;

        [JsonPropertyName("neverIndex")]
        public bool NeverIndex => false;
    }
}
