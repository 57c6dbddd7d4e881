using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>One field of every record: its name in Pendo and where the value comes from.</summary>
/// <param name="Name">Pendo's spelling.</param>
/// <param name="Target">What the value has to become.</param>
/// <param name="Column">Source column; null for a constant.</param>
/// <param name="Constant">The constant; null for a column.</param>
/// <param name="WhenNull">What a null does.</param>
/// <param name="Unit">Unit of integers that mean instants.</param>
internal sealed record PlannedField(string Name, FieldTarget Target, WarehouseColumn? Column, object? Constant,
    NullRule WhenNull, InstantUnit? Unit);

/// <summary>
/// The fields of a sync, matched to the columns of an open reader and to Pendo's schema, in ordinal order of their Pendo name (promise 1).
/// </summary>
/// <param name="Fields">All fields.</param>
/// <param name="Missing">Fields that Pendo does not have yet.</param>
internal sealed record FieldPlan(IReadOnlyList<PlannedField> Fields, IReadOnlyList<NewField> Missing)
{
    /// <summary>Matches fields, columns and schema.</summary>
    /// <exception cref="ProblemException">Configuration: every column that is missing and every field that does not fit, at
    /// once.</exception>
    public static FieldPlan Make(SyncDefinition sync, IReadOnlyList<WarehouseColumn> columns, PendoSchema schema)
    {
        var problems = new List<string>();
        var fields = new List<PlannedField>();
        var missing = new List<NewField>();
        foreach (var mapping in Mappings(sync, columns, schema, problems))
        {
            var column = mapping.Column is null ? null : ColumnLookup.Find(columns, mapping.Column, problems);
            if (mapping.Column is not null && column is null)
                continue;
            if (column is { Kind: ColumnKind.Unsupported })
            {
                problems.Add(
                    $"column '{column.Name}' is of type {column.SystemType}, which Pendo cannot hold; cast it to text in the "
                    + "model's SQL or leave it out");
                continue;
            }

            var known = schema.Find(mapping.Field);
            var type = mapping.Type ?? NaturalType(column, mapping.Constant, mapping.Unit)
                ?? UnknownType(sync, known, mapping, column!, problems);
            if (known is null)
                missing.Add(new NewField(mapping.Field, CreateType(mapping, type, sync.Group, problems)));
            var target = known is null ? FieldTargets.Of(type) : TargetOf(mapping, known, problems);
            if (target == FieldTarget.Time && column is { Declared: ColumnKind.Integer } && mapping.Unit is null)
                problems.Add($"field '{mapping.Field}' is a time and column '{column.Name}' an integer; say `unit: s` or `unit: ms`");
            if (mapping.Constant is { } constant && RuleOf(constant, target) is { } rule)
                problems.Add($"the constant of field '{mapping.Field}' does not fit: {Rules.Explain(rule)}");
            fields.Add(new PlannedField(known?.Name ?? mapping.Field, target, column, mapping.Constant, mapping.WhenNull
                ?? sync.WhenNull, mapping.Unit));
        }

        foreach (var twice in fields.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
            problems.Add($"two columns are mapped to field '{twice.Key}'");
        if (problems.Count > 0)
        {
            throw new ProblemException(ProblemKind.Configuration, string.Join("; ", problems), $"sync '{sync.Name}'",
                $"Correct {sync.File}, or the model it reads.");
        }

        fields.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new FieldPlan(fields, missing);
    }

    /// <summary>Columns that say nothing about their type, of fields that are to be created and whose type nobody declared.</summary>
    public static IReadOnlyList<WarehouseColumn> Untyped(SyncDefinition sync, IReadOnlyList<WarehouseColumn> columns,
        PendoSchema schema) => !sync.CreateFields ? [] :
    [
        .. from mapping in Mappings(sync, columns, schema, [])
           where mapping is { Type: null, Unit: null, Column: not null } && schema.Find(mapping.Field) is null
           let column = ColumnLookup.Find(columns, mapping.Column!, [])
           where column is { Declared: ColumnKind.PerCell }
           select column,
    ];

    // A constant that does not fit would make every row invalid.
    private static string? RuleOf(object constant, FieldTarget target) =>
        RowMapper.WriteConstant(new JsonBuffer(), constant, target, TimeZoneInfo.Utc);

    private static IEnumerable<FieldMapping> Mappings(SyncDefinition sync, IReadOnlyList<WarehouseColumn> columns, PendoSchema schema,
        List<string> problems)
    {
        foreach (var field in sync.Fields)
            yield return field;
        if (!sync.AllColumns)
            yield break;
        var taken = sync.Fields.SelectMany(f => new[] { f.Field, f.Column ?? "" }).Concat(sync.Exclude)
            .Append(sync.Key).Append(sync.Model.Cursor ?? "").ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var column in columns.Where(c => !taken.Contains(c.Name)))
        {
            if (schema.Find(column.Name) is null && RefusedName(column.Name) is { } reason)
                problems.Add(
                    $"column '{column.Name}' cannot become a field by \"*\": {reason}; leave it out with `exclude`, or map it "
                    + "to a field of another name");
            else
                yield return new FieldMapping(column.Name) { Column = column.Name };
        }
    }

    // What a name written under `fields` is checked for when the definition is loaded; a field that Pendo has may be called as it is.
    private static string? RefusedName(string name) =>
        NameRules.Fits(NameForm.Field, name) ? null : $"a field's name has {NameForm.Field.Words}";

    // Null: the column does not say.
    private static FieldType? NaturalType(WarehouseColumn? column, object? constant, InstantUnit? unit) => column?.Declared switch
    {
        not null when unit is not null => FieldType.Time,
        ColumnKind.PerCell => null,
        ColumnKind.Boolean => FieldType.Boolean,
        ColumnKind.Integer or ColumnKind.Decimal or ColumnKind.Double => FieldType.Number,
        ColumnKind.Date or ColumnKind.Timestamp or ColumnKind.Instant => FieldType.Time,
        ColumnKind.Array => FieldType.List,
        null when constant is bool => FieldType.Boolean,
        null when constant is long or decimal or double => FieldType.Number,
        _ => FieldType.String,
    };

    // A field of the wrong type stays in Pendo for good, so it is not made by a mere guess.
    private static FieldType UnknownType(SyncDefinition sync, PendoField? known, FieldMapping mapping, WarehouseColumn column,
        List<string> problems)
    {
        if (known is null && sync.CreateFields)
        {
            problems.Add(
                $"field '{mapping.Field}' cannot be created, since column '{column.Name}' ({column.SystemType}) says nothing about its "
                + "type and its first rows are empty or mixed; "
                + "say `type: string`, `number`, `boolean` or `time`");
        }

        return FieldType.String;
    }

    // Pendo makes string, number, time and boolean fields; lists cannot be made.
    private static string CreateType(FieldMapping mapping, FieldType type, string group, List<string> problems)
    {
        if (type == FieldType.List)
            problems.Add(
                $"field '{mapping.Field}' is a list, which cannot be created in group {group}; create it in "
                + "Pendo, or declare `type: string`");
        return type.ToString().ToLowerInvariant();
    }

    private static FieldTarget TargetOf(FieldMapping mapping, PendoField known, List<string> problems)
    {
        var target = FieldTargets.OfPendo(known.Type);
        if (mapping.Type is not { } declared)
            return target == FieldTarget.Any && mapping.Unit is not null ? FieldTarget.Time : target;
        var wanted = FieldTargets.Of(declared);
        if (target == FieldTarget.Any || target == wanted || (target == FieldTarget.Integer && wanted == FieldTarget.Number))
            return target == FieldTarget.Any ? wanted : target;
        problems.Add($"field '{known.Name}' is declared as {declared.ToString().ToLowerInvariant()} but is of type {known.Type} in Pendo");
        return target;
    }
}
