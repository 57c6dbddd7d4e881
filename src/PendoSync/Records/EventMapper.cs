using System.Data.Common;
using System.Text.RegularExpressions;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>Maps rows to track events, with Pendo's limits checked before sending (support.pendo.io 360032294291).</summary>
internal sealed partial class EventMapper : RowMapper
{
    /// <summary>Kept free below <see cref="EventDefinition.MaxAge"/>, so that an event is not too old when it arrives.</summary>
    public static readonly TimeSpan AgeMargin = TimeSpan.FromHours(1);

    private static readonly TimeSpan _futureMargin = TimeSpan.FromMinutes(1);

    private readonly EventDefinition _event;
    private readonly TimeZoneInfo _zone;
    private readonly TimeProvider _clock;
    private readonly Part _name;
    private readonly Part[] _properties;
    private readonly Part[] _context;
    private readonly KeyReader _visitor;
    private readonly KeyReader? _account;
    private readonly InstantReader _timestamp;

    /// <summary>A mapper for one read.</summary>
    /// <exception cref="ProblemException">Configuration: columns that are missing, property names Pendo would not show.</exception>
    public EventMapper(SyncDefinition sync, IReadOnlyList<WarehouseColumn> columns, DbDataReader reader, TimeZoneInfo zone,
        HashSeeds seeds, TimeProvider clock)
        : base(sync, columns, reader, seeds)
    {
        _event = sync.Event!;
        _zone = zone;
        _clock = clock;
        var problems = new List<string>();
        _name = PartOf("event", _event.Name);
        if (_name.Cell?.Column is { Kind: not (ColumnKind.Text or ColumnKind.Integer or ColumnKind.Uuid or ColumnKind.PerCell) } named)
            problems.Add($"the event's name column '{named.Name}' is of type {named.SystemType}; use a text column");
        _properties = [.. _event.Properties.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => PartOf(p.Key, p.Value))];
        _context = [.. _event.Context.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => PartOf(p.Key, p.Value))];
        foreach (var property in _event.Properties.Keys.Where(name => !IsPropertyName(name)))
            problems.Add(
                $"Pendo does not show property '{property}': names are letters, digits and underscores, at most 32, not starting with a "
                + "digit, not of the form __x__");
        var visitor = ColumnLookup.Find(columns, _event.VisitorId, problems);
        var account = _event.AccountId is null ? null : ColumnLookup.Find(columns, _event.AccountId, problems);
        var timestamp = ColumnLookup.Find(columns, _event.Timestamp, problems);
        if (timestamp is not null && timestamp.Kind is not (ColumnKind.Integer or ColumnKind.Instant or ColumnKind.Timestamp
            or ColumnKind.Date or ColumnKind.Text or ColumnKind.PerCell))
            problems.Add(
                $"the timestamp column '{timestamp.Name}' is of type {timestamp.SystemType}, which is no instant; use a timestamp, a "
                + "date, an integer with `unit`, or RFC 3339 text");
        if (timestamp is { Declared: ColumnKind.Integer } && _event.TimestampUnit is null)
            problems.Add($"the timestamp column '{timestamp.Name}' is an integer; say `unit: s` or `unit: ms`");
        if (problems.Count > 0)
        {
            throw new ProblemException(ProblemKind.Configuration, string.Join("; ", problems), $"sync '{sync.Name}', event",
                $"Correct {sync.File}, or the model it reads.");
        }

        _visitor = new KeyReader(visitor!, reader.GetFieldType(visitor!.Ordinal), $"sync '{sync.Name}', visitor_id");
        _account = account is null ? null : new KeyReader(account, reader.GetFieldType(account.Ordinal), $"sync '{sync.Name}', account_id");
        _timestamp = new InstantReader(timestamp!, reader.GetFieldType(timestamp!.Ordinal), zone, _event.TimestampUnit);

        Part PartOf(string name, ValueSource source)
        {
            var column = source.Column is null ? null : ColumnLookup.Find(columns, source.Column, problems);
            if (column is { Kind: ColumnKind.Unsupported })
                problems.Add(
                    $"column '{column.Name}' is of type {column.SystemType}, which Pendo cannot hold; cast it to text in the "
                    + "model's SQL or leave it out");
            return new Part(JsonBuffer.EncodeName(name),
                column is null ? null : new CellWriter(column, reader, FieldTarget.Scalar, zone, null), source.Constant);
        }
    }

    /// <summary>The current row's event name; for the count of distinct names.</summary>
    public string EventName { get; private set; } = "";

    /// <summary>When the current row's event happened.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>True when a name is shown by Pendo.</summary>
    public static bool IsPropertyName(string name) =>
        PropertyName().IsMatch(name)
            && !(name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal));

    /// <inheritdoc/>
    protected override Invalid? MapBody(DbDataReader row)
    {
        var visitor = _visitor.Read(row, out var rule);
        if (rule is not null)
            return new Invalid(rule is Rules.NullKey or Rules.EmptyKey ? Rules.NoVisitorId : rule, _event.VisitorId);
        string? account = null;
        if (_account is not null)
        {
            account = _account.Read(row, out rule);
            if (rule is Rules.NullKey or Rules.EmptyKey)
                account = null;
            else if (rule is not null)
                return new Invalid(rule, _event.AccountId);
        }

        rule = _timestamp.Read(row, out var at) ?? RuleOfAge(at);
        if (rule is not null)
            return new Invalid(rule, _event.Timestamp);

        At = new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc));
        Json.Raw("{\"type\":\"track\""u8);
        if (WriteName(row) is { } unnamed)
            return unnamed;
        Json.Name("\"visitorId\":"u8);
        Json.String(visitor);
        if (account is not null)
        {
            Json.Name("\"accountId\":"u8);
            Json.String(account);
        }

        Json.Name("\"timestamp\":"u8);
        Json.Number(At.ToUnixTimeMilliseconds());
        Json.Name("\"properties\":"u8);
        var start = Json.Length;
        if (WriteParts(row, _properties) is { } bad)
            return bad;
        if (Json.Length - start > _event.MaxPropertiesBytes)
            return new Invalid(Rules.PropertiesTooLarge, null);
        Json.Name("\"context\":"u8);
        if (WriteParts(row, _context) is { } worse)
            return worse;
        Json.Raw("}"u8);
        return null;
    }

    /// <inheritdoc/>
    protected override ulong FingerprintOf() => Seeds.OfPayload(KeyBytes);

    private string? RuleOfAge(DateTime at)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        return at > now + _futureMargin ? Rules.InFuture
            // It is not sent, however old it is.
            : at < _event.StartAt?.UtcDateTime ? null
            : !_event.SendTooOld && at < now - EventDefinition.MaxAge + AgeMargin ? Rules.TooOld
            // Its id may have been forgotten: whether it was sent nobody knows any more.
            : at < now - _event.Remember ? Rules.Forgotten
            : null;
    }

    private Invalid? WriteName(DbDataReader row)
    {
        if (_name.Cell is null)
        {
            EventName = _name.Constant!.ToString()!;
        }
        else if (ReadName(row, _name.Cell.Column.Ordinal) is { } rule)
        {
            return new Invalid(rule, _name.Cell.Column.Name);
        }

        Json.Name("\"event\":"u8);
        return Json.String(EventName) ? null : new Invalid(Rules.NotUnicode, _name.Cell?.Column.Name);
    }

    private string? ReadName(DbDataReader row, int ordinal)
    {
        try
        {
            EventName = row.IsDBNull(ordinal) ? "" : row.GetValue(ordinal).ToString() ?? "";
            var rule = IdText.RuleOf(EventName);
            return rule == Rules.EmptyKey ? Rules.NoEventName : rule;
        }
        catch (Exception e) when (Cells.RuleOf(e) is { } broken)
        {
            return broken;
        }
    }

    // Nulls are left out: an event has no earlier value that a null could clear.
    private Invalid? WriteParts(DbDataReader row, Part[] parts)
    {
        Json.Raw("{"u8);
        foreach (var part in parts)
        {
            if (part.Cell is null)
            {
                Json.Name(part.Name);
                WriteConstant(Json, part.Constant!, FieldTarget.Scalar, _zone);
                continue;
            }

            if (WritePart(row, part.Name, part.Cell) is { } rule)
                return new Invalid(rule, part.Cell.Column.Name);
        }

        Json.Raw("}"u8);
        return null;
    }

    private string? WritePart(DbDataReader row, byte[] name, CellWriter cell)
    {
        try
        {
            if (cell.IsNull(row))
                return null;
            Json.Name(name);
            return cell.Write(row, Json);
        }
        catch (Exception e) when (Cells.RuleOf(e) is { } rule)
        {
            return rule;
        }
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,31}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PropertyName();

    private readonly record struct Part(byte[] Name, CellWriter? Cell, object? Constant);
}
