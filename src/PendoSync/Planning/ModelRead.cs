using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>One open read of a sync's model, with the mapper that fits its columns.</summary>
internal sealed class ModelRead : IAsyncDisposable
{
    private readonly string? _only;
    private readonly Func<RowMapper> _make;
    private readonly List<RowMapper> _mappers;

    private ModelRead(DbDataReader reader, Func<RowMapper> make, CursorReader? cursor, FieldPlan? fields, ReadFrom? from) =>
        (Reader, _make, _mappers, Cursor, Fields, From, _only) = (reader, make, [make()], cursor, fields, from, from?.Key?.Key);

    /// <summary>The rows.</summary>
    public DbDataReader Reader { get; }

    /// <summary>The current row in a mapper of this number; each holds a row at a time.</summary>
    public RowMapper Map(int number)
    {
        while (_mappers.Count <= number)
            _mappers.Add(_make());
        _mappers[number].Map(Reader, Cursor);
        return _mappers[number];
    }

    /// <summary>Reads the cursor column; null without one.</summary>
    public CursorReader? Cursor { get; }

    /// <summary>The fields; null for events.</summary>
    public FieldPlan? Fields { get; }

    /// <summary>What part is read; null: all, also where a cursor was given that is of another type than its column.</summary>
    public ReadFrom? From { get; }

    /// <summary>Of a read of one key: the first other key that the system took for it; null when it took none.</summary>
    public string? OtherKey { get; private set; }

    /// <summary>
    /// Moves to the next row. A read of one key passes over rows of another: a collation may ignore case, or blanks at the end, and what is
    /// the same to the warehouse are two records in Pendo.
    /// </summary>
    public Task<bool> NextAsync(CancellationToken ct) => _only is null ? Reader.ReadAsync(ct) : NextOfKeyAsync(_only, ct);

    /// <summary>Opens the read and matches columns, fields and Pendo's schema.</summary>
    /// <param name="context">The sync.</param>
    /// <param name="from">What part; null: all.</param>
    /// <param name="seeds">Seeds of the state.</param>
    /// <param name="clock">Time.</param>
    /// <param name="dryRun">True: missing fields are neither made nor a problem; what they would be is in
    /// <see cref="FieldPlan.Missing"/>.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<ModelRead> OpenAsync(SyncContext context, ReadFrom? from, HashSeeds seeds, TimeProvider clock,
        bool dryRun, CancellationToken ct)
    {
        var sync = context.Sync;
        var schema = context.IsEvents ? null : sync.IsFlags ? PendoSchema.Flags : await (dryRun ? context.Pendo.Hasty : context.Pendo)
            .GetSchemaAsync(sync.Object, sync.Group, ct);
        (var reader, from) = await OpenReaderAsync(context, from, ct);
        try
        {
            var columns = WarehouseColumns.Of(reader);
            var cursor = sync.Model.Cursor is null ? null : new CursorReader(sync, columns, reader);
            if (schema is null)
                return new ModelRead(reader, () => new EventMapper(sync, columns, reader, context.Zone, seeds, clock), cursor, null, from);
            if (FieldPlan.Untyped(sync, columns, schema) is { Count: > 0 } untyped)
                columns = await SeenTypes.AddAsync(context, columns, untyped, ct);
            var fields = FieldPlan.Make(sync, columns, schema);
            await RefuseForeignFieldsAsync(context, fields, ct);
            if (fields.Missing.Count > 0 && !dryRun)
                fields = await CreateMissingAsync(context, fields, columns, ct);
            return new ModelRead(reader, () => new RecordMapper(sync, context.IdName, fields, columns, reader, context.Zone, seeds), cursor,
                fields, from);
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Pendo lacks fields and the sync may not create them.</summary>
    public static Problem MissingFields(SyncDefinition sync, FieldPlan fields) => new(ProblemKind.Configuration,
        $"Pendo has no {PendoClient.KindOf(sync.Object)} "
        + $"field {string.Join(", ", fields.Missing.Select(f => f.Name))} in group {sync.Group}", $"sync '{sync.Name}'",
        $"Create it in Pendo (Settings > Data Mappings), or set `create_fields: true` in {sync.File}.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Reader.DisposeAsync();

    // A saved cursor says nothing about a column that has become one of another type: some systems refuse to compare the two, others pass
    // over rows.
    private static async Task<(DbDataReader Reader, ReadFrom? From)> OpenReaderAsync(SyncContext context, ReadFrom? from,
        CancellationToken ct)
    {
        DbDataReader? part = null;
        ProblemException? refused = null;
        try
        {
            part = await context.Warehouse.OpenAsync(context.Sync.Model, from, ct);
        }
        catch (ProblemException e) when (from?.Cursor is not null && e.Problem.Kind == ProblemKind.Configuration)
        {
            refused = e;
        }

        if (part is not null && IsOfColumn(part))
            return (part, from);
        if (part is not null)
            await part.DisposeAsync();
        var whole = await context.Warehouse.OpenAsync(context.Sync.Model, null, ct);
        if (refused is null || !IsOfColumn(whole))
            return (whole, null);
        await whole.DisposeAsync();
        throw refused;

        bool IsOfColumn(DbDataReader reader) => from?.Cursor is not { } start
            || (CursorReader.KindOf(context.Sync, WarehouseColumns.Of(reader)) ?? start.Value.Kind) == start.Value.Kind;
    }

    private async Task<bool> NextOfKeyAsync(string only, CancellationToken ct)
    {
        while (await Reader.ReadAsync(ct))
        {
            if (_mappers[0].KeyOf(Reader) is not { } key || string.Equals(key, only, StringComparison.Ordinal))
                return true;
            OtherKey ??= key;
        }

        return false;
    }

    private static async Task<FieldPlan> CreateMissingAsync(SyncContext context, FieldPlan fields,
        IReadOnlyList<WarehouseColumn> columns, CancellationToken ct)
    {
        var sync = context.Sync;
        var names = string.Join(", ", fields.Missing.Select(f => f.Name));
        if (!sync.CreateFields)
            throw new ProblemException(MissingFields(sync, fields));
        var problem = new ProblemException(ProblemKind.Transient, $"Pendo took the fields {names} but does not list them yet",
            $"sync '{sync.Name}'", "Run the sync again in a minute.");
        try
        {
            if (fields.Missing.Where(f => !context.FieldsTaken.Contains(f.Name)).ToList() is { Count: > 0 } wanted)
                await context.Pendo.CreateFieldsAsync(sync.Object, sync.Group, wanted, ct);
            context.FieldsTaken.UnionWith(fields.Missing.Select(f => f.Name));
        }
        catch (ProblemException e) when (e.Problem.Kind is ProblemKind.Connection or ProblemKind.Transient or ProblemKind.Throttled)
        {
            // Whether it was done the schema tells; what is missing then is made by the next read of the run.
            problem = new ProblemException(e.Problem with
            {
                Kind = e.Problem.Kind == ProblemKind.Connection ? ProblemKind.Transient
                : e.Problem.Kind
            }, e);
        }

        var schema = await context.Pendo.GetSchemaAsync(sync.Object, sync.Group, ct);
        var made = FieldPlan.Make(sync, columns, schema);
        return made.Missing.Count == 0 ? made : throw OtherSpelling(sync, made, schema) ?? problem;
    }

    // Pendo's help centre shows field names without capitals and underscores where some were sent with them.
    private static ProblemException? OtherSpelling(SyncDefinition sync, FieldPlan made, PendoSchema schema)
    {
        var pairs = made.Missing.Select(f => (f.Name, Listed: schema.FindAlike(f.Name)?.Name)).Where(p => p.Listed is not null).ToList();
        return pairs.Count == 0 ? null : new ProblemException(ProblemKind.Configuration,
            "Pendo took " + string.Join(", ", pairs.Select(p => $"the field '{p.Name}' and lists '{p.Listed}'")),
            $"sync '{sync.Name}'",
            $"Write Pendo's spelling under 'fields' in {sync.File}: {string.Join(", ", pairs.Select(p => $"'{p.Listed}'"))}. "
            + "If that is another field, which was there before, run the sync again in a minute.");
    }

    // With "*" the fields are known only now.
    private static async Task RefuseForeignFieldsAsync(SyncContext context, FieldPlan fields, CancellationToken ct)
    {
        var stars = FieldOwners.Rivals(context.Sync, context.Project.Syncs).Where(s => s.AllColumns).ToList();
        var columns = stars.Count == 0 || context.FieldsOfOthers is null ? null : await context.FieldsOfOthers(stars, ct);
        var conflicts = FieldOwners.Conflicts(context.Sync, fields.Fields.Select(f => f.Name), context.Project.Syncs, columns);
        if (conflicts.Count > 0)
        {
            throw new ProblemException(ProblemKind.Configuration,
                $"field '{conflicts[0].Field}' is written by sync '{conflicts[0].Other.Name}' too", $"sync '{context.Sync.Name}'",
                "Leave it out of one with `exclude`, or map it by name with `shared: true` in both syncs; a sync with \"*\" that no "
                + "longer takes the column has to run first.");
        }
    }
}
