using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Snapshot;
using PendoSync.Values;

namespace PendoSync.State;

/// <summary>Where a sync stands; one entity, moved by one version-checked write (promise 5).</summary>
public sealed record Checkpoint
{
    /// <summary>Format of the entity; a newer one is refused.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Most keys in <see cref="Repeated"/>: 32 KB of the entity.</summary>
    public const int MaxRepeated = 4000;

    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Seeds of all hashes of this state.</summary>
    public required HashSeeds Seeds { get; init; }

    /// <summary>Connection, hosts, object, group and key column the state belongs to; empty before the first run.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Hash of the definition of the last complete plan.</summary>
    public string DefinitionHash { get; init; } = "";

    /// <summary>Pendo fields that the last complete plan of a sync with <c>"*"</c> wrote; else empty.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The base.</summary>
    public IReadOnlyList<BasePart> Parts { get; init; } = [];

    /// <summary>
    /// Ids of parts that may have pages although the base does not have them: announced before they are written, or dropped and not deleted
    /// yet.
    /// </summary>
    public IReadOnlyList<string> LooseParts { get; init; } = [];

    /// <summary>Ended attempts in the order they ended; each counts (promise 2).</summary>
    public IReadOnlyList<EndedAttempt> Ended { get; init; } = [];

    /// <summary>Hashes of keys that more than one row had in the last full read or since, at most <see cref="MaxRepeated"/>.</summary>
    public IReadOnlySet<ulong> Repeated { get; init; } = new HashSet<ulong>();

    /// <summary>Keys of ended runs that are in doubt; each stays until a complete read that began when it was due has ended.</summary>
    public IReadOnlyList<Doubt> Doubts { get; init; } = [];

    /// <summary>The last marks, the newest at the end; see <see cref="CheckpointMarks"/>.</summary>
    public IReadOnlyList<long> Marks { get; init; } = [];

    /// <summary>The newest mark; 0 before the first.</summary>
    public long Mark => Marks.Count == 0 ? 0 : Marks[^1];

    /// <summary>Events of up to then count as sent, as a person said of a restored state, until a full read is complete.</summary>
    public DateTimeOffset? SentUntil { get; init; }

    /// <summary>When what Pendo held was taken into the base; null: never.</summary>
    public DateTimeOffset? AdoptedAt { get; init; }

    /// <summary>What the last comparison with Pendo found; null before the first.</summary>
    public Verified? Verified { get; init; }

    /// <summary>Cursor as text; null: the next read is full.</summary>
    public string? Cursor { get; init; }

    /// <summary>The run that is not over, or null.</summary>
    public ActiveRun? Active { get; init; }

    /// <summary>True: paused by hand.</summary>
    public bool Paused { get; init; }

    /// <summary>Start of the last run.</summary>
    public DateTimeOffset? LastStart { get; init; }

    /// <summary>End of the last completed run.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Start of the last complete full read.</summary>
    public DateTimeOffset? LastFull { get; init; }

    /// <summary>How long the last complete planning took, in seconds; null when unknown.</summary>
    public double? PlanSeconds { get; init; }

    /// <summary>How its keys stand; null before the first run.</summary>
    public Standing? Standing { get; init; }

    /// <summary>
    /// What the last run says of the sync's health, apart from its keys; a cancelled run says nothing. Null: nothing is wrong.
    /// </summary>
    public HealthReport? Trouble { get; init; }

    /// <summary>Since when full reads return no row although there were rows before; null: they return rows.</summary>
    public DateTimeOffset? EmptySince { get; init; }

    /// <summary>End of the last run that brought records to Pendo or succeeded.</summary>
    public DateTimeOffset? LastProgress { get; init; }

    /// <summary>Start of the last complete read whose run succeeded: Pendo is as new as the warehouse was then.</summary>
    public DateTimeOffset? DataAsOf { get; init; }

    /// <summary>True when the last plan was closed before its read ended: the clock goes on at once.</summary>
    public bool GoesOn { get; init; }

    /// <summary>The newest ended run.</summary>
    public string? LastRun { get; init; }

    /// <summary>How it was stopped: its record says so a moment later. Null: it ended by itself, its record first.</summary>
    public StoppedRun? LastStop { get; init; }

    /// <summary>The entity's version; empty when it does not exist yet.</summary>
    public string Version { get; init; } = "";

    /// <summary>When the store last wrote it.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The store's clock when it was read.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>
    /// How far instants of the past lay in the future when it was read, if by more than a minute: a clock was ahead. They count as now, and
    /// the next write keeps that.
    /// </summary>
    public TimeSpan Ahead { get; init; }

    /// <summary>
    /// How long nobody has written it: the age of the lease (promise 9). Written by a clock that was ahead, it is as old as that clock was
    /// wrong: who lives renews it.
    /// </summary>
    public TimeSpan Age => (ReadAt - Timestamp).Duration();

    /// <summary>How the keys stand in the base. Newer receipts are not counted.</summary>
    public KeyCounts BaseCounts => Parts.Aggregate(default(KeyCounts), (sum, part) => sum + part.Adds);

    /// <summary>True when this attempt may act (the fence, promise 7).</summary>
    public bool IsActive(string runId, int attempt) => Active is { } active && active.RunId == runId && active.Attempt == attempt;

    /// <summary>True when this planner holds the lease of this attempt.</summary>
    public bool IsHeld(string runId, int attempt, string owner) => IsActive(runId, attempt)
        && Active is { State: ActiveState.Planning } active && active.Owner == owner;

    /// <summary>The checkpoint with another base; what it drops is loose from now on, what it takes no longer.</summary>
    internal Checkpoint WithParts(IReadOnlyList<BasePart> parts) => this with
    {
        Parts = parts,
        LooseParts = [.. LooseParts.Union(Parts.Select(s => s.Id)).Except(parts.Select(s => s.Id))],
    };

    internal TableRow ToRow()
    {
        var row = new TableRow(Sync, "checkpoint")
        {
            ["format"] = CurrentFormat,
            ["seeds"] = Seeds.ToString(),
            ["identity"] = Identity,
            ["definition"] = DefinitionHash,
            ["repeated"] = Repeated.Count == 0 ? null : MemoryMarshal.AsBytes<ulong>(Repeated.ToArray()).ToArray(),
            ["marks"] = Marks.Count == 0 ? null : MemoryMarshal.AsBytes<long>(Marks.ToArray()).ToArray(),
            ["sentUntil"] = SentUntil,
            ["adopted"] = AdoptedAt,
            ["cursor"] = Cursor,
            ["active"] = StateJson.Write(Active),
            ["paused"] = Paused,
            ["lastStart"] = LastStart,
            ["lastSuccess"] = LastSuccess,
            ["lastFull"] = LastFull,
            ["planSeconds"] = PlanSeconds,
            ["standing"] = StateJson.Write(Standing),
            ["trouble"] = StateJson.Write(Trouble),
            ["emptySince"] = EmptySince,
            ["lastProgress"] = LastProgress,
            ["dataAsOf"] = DataAsOf,
            ["goesOn"] = GoesOn,
            ["lastRun"] = LastRun,
            ["lastStop"] = StateJson.Write(LastStop is { } stop ? stop with { Problem = stop.Problem?.Short() } : null),
        };
        LongText.Set(row, "verified", StateJson.Write(Verified) ?? "");
        LongText.Set(row, "fields", StateJson.Write(Fields));
        LongText.Set(row, "segments", StateJson.Write(Parts));
        LongText.Set(row, "loose", StateJson.Write(LooseParts));
        LongText.Set(row, "doubts", StateJson.Write(Doubts));
        LongText.Set(row, "ended", StateJson.Write(
            Ended.Select(e => new EndedForm(e.RunId, e.Attempt, e.Records, e.Settled, e.Counts))));
        return row;
    }

    internal static Checkpoint FromRow(TableRow row, DateTimeOffset now)
    {
        if (row.Number("format") > CurrentFormat)
        {
            throw new ProblemException(ProblemKind.State, "the state was written by a newer version of this program",
                $"sync '{row.Partition}'", "Update the program; the state was not changed.");
        }

        try
        {
            var (active, today) = (StateJson.Read<ActiveRun>(row.Text("active")), DayOf(now));
            return new Checkpoint
            {
                Sync = row.Partition,
                Seeds = HashSeeds.Parse(row.Text("seeds") ?? ""),
                Identity = row.Text("identity") ?? "",
                DefinitionHash = row.Text("definition") ?? "",
                Fields = ListOf<string>(row, "fields"),
                Parts = [.. ListOf<BasePart>(row, "segments")
                    .Select(p => string.CompareOrdinal(p.Day, today) > 0 ? p with { Day = today } : p)],
                LooseParts = ListOf<string>(row, "loose"),
                Ended = [.. ListOf<EndedForm>(row, "ended").Select(e => new EndedAttempt(e.R, e.A, e.N, e.S, e.C))],
                Repeated = MemoryMarshal.Cast<byte, ulong>(row.Bytes("repeated")).ToArray().ToHashSet(),
                Doubts = [.. ListOf<Doubt>(row, "doubts").Select(d => d with { Cursor = Checked(d.Cursor) })],
                Marks = MemoryMarshal.Cast<byte, long>(row.Bytes("marks")).ToArray(),
                SentUntil = row.Time("sentUntil"),
                AdoptedAt = row.Time("adopted"),
                Verified = LongText.Get(row, "verified") is { Length: > 0 } verified ? Verified.Read(verified, now) : null,
                Cursor = Checked(row.Text("cursor")),
                Active = active is null ? null : active with { Since = Instants.Past(active.Since, now) },
                Paused = row.Flag("paused"),
                LastStart = Instants.Past(row.Time("lastStart"), now),
                LastSuccess = Instants.Past(row.Time("lastSuccess"), now),
                LastFull = Instants.Past(row.Time("lastFull"), now),
                Ahead = AheadOf(now, row.Timestamp, row.Time("lastStart"), row.Time("lastSuccess"), row.Time("lastFull"), active?.Since),
                PlanSeconds = row["planSeconds"] as double?,
                Standing = StateJson.Read<Standing>(row.Text("standing")),
                Trouble = StateJson.Read<HealthReport>(row.Text("trouble")),
                EmptySince = Instants.Past(row.Time("emptySince"), now),
                LastProgress = Instants.Past(row.Time("lastProgress"), now),
                DataAsOf = Instants.Past(row.Time("dataAsOf"), now),
                GoesOn = row.Flag("goesOn"),
                LastRun = row.Text("lastRun"),
                LastStop = StateJson.Read<StoppedRun>(row.Text("lastStop")),
                Version = row.Version,
                Timestamp = row.Timestamp,
                ReadAt = now,
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or OverflowException)
        {
            throw new DamagedRowException(Tables.Checkpoints, row, e);
        }
    }

    /// <summary>
    /// What can still be said of a sync whose checkpoint is damaged: nothing of what Pendo accepted, since nobody knows the seeds of its
    /// hashes.
    /// </summary>
    internal static Checkpoint WhatRemainsOf(TableRow damaged, DateTimeOffset now) => new()
    {
        Sync = damaged.Partition,
        Seeds = HashSeeds.Random(),
        Parts = Part<BasePart>(damaged, "segments"),
        LooseParts = Part<string>(damaged, "loose"),
        Ended = [.. Part<EndedForm>(damaged, "ended").Select(e => new EndedAttempt(e.R, e.A, e.N, e.S, Counts: false))],
        Paused = damaged.Flag("paused"),
        LastStart = Instants.Past(damaged.Time("lastStart"), now),
        LastSuccess = Instants.Past(damaged.Time("lastSuccess"), now),
        LastRun = damaged.Text("lastRun"),
        Version = damaged.Version,
        Timestamp = damaged.Timestamp,
        ReadAt = now,
    };

    /// <summary>The UTC day of an instant, as segments name theirs.</summary>
    internal static string DayOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static TimeSpan AheadOf(DateTimeOffset now, params ReadOnlySpan<DateTimeOffset?> past)
    {
        var ahead = TimeSpan.Zero;
        foreach (var at in past)
            if (at is { } instant && instant - now > Instants.Slack && instant - now > ahead)
                ahead = instant - now;
        return ahead;
    }

    private static IReadOnlyList<T> ListOf<T>(TableRow row, string name) => StateJson.Read<IReadOnlyList<T>>(LongText.Get(row, name)) ?? [];

    // Pages to be deleted and attempts to be waited for, as far as they can be read.
    private static IReadOnlyList<T> Part<T>(TableRow row, string name)
    {
        try
        {
            return ListOf<T>(row, name);
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string? Checked(string? cursor) => cursor is null ? null : CursorValue.Parse(cursor).ToString();

    private sealed record EndedForm(string R, int A, long N, bool S, bool C);
}
