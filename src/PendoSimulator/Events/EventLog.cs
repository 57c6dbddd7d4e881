using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PendoSimulator.Events;

/// <summary>A track event as it was parsed from a call; the raw parts point into the call's body.</summary>
internal ref struct TrackEvent
{
    public string? Type;
    public string? Name;
    public string? VisitorId;
    public string? AccountId;
    public long? Timestamp;
    public ReadOnlySpan<byte> Properties;
    public ReadOnlySpan<byte> Context;
}

/// <summary>Every event that was accepted, in the order of arrival, with what Pendo would have found about it.</summary>
internal sealed class EventLog(TimeProvider time)
{
    /// <summary>Older events get 200 and are never processed (SUP-360032294291).</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);
    private const int MaxNamesPerApp = 5000;

    private readonly Lock gate = new();
    private readonly List<byte[]> lines = [];
    private readonly Dictionary<string, int> flagCounts = [];
    private readonly Dictionary<(string App, string Visitor), long> lastSecond = [];
    private readonly Dictionary<string, HashSet<string>> namesByApp = [];
    private readonly ArrayBufferWriter<byte> buffer = new(1024);
    private int dropped;

    public void Add(string app, in TrackEvent item, bool doNotProcess, int maxPropertiesBytes, long call)
    {
        var now = time.GetUtcNow();
        var flags = new List<string>();
        var instant = item.Timestamp!.Value;
        if (instant < (now - MaxAge).ToUnixTimeMilliseconds())
            flags.Add(EventFlags.TooOld);
        if (instant > (now + ClockTolerance).ToUnixTimeMilliseconds())
            flags.Add(EventFlags.InFuture);
        if (doNotProcess)
            flags.Add(EventFlags.DoNotProcess);
        if (EventFlags.IsReserved(item.VisitorId) || EventFlags.IsReserved(item.AccountId))
            flags.Add(EventFlags.ReservedId);
        EventFlags.ForProperties(item.Properties, maxPropertiesBytes, flags);
        lock (gate)
        {
            AddFlagsOfOthers(app, item, instant, flags);
            foreach (var flag in flags)
                CollectionsMarshal.GetValueRefOrAddDefault(flagCounts, flag, out _)++;
            dropped += flags.Exists(EventFlags.Drops) ? 1 : 0;
            lines.Add(Line(app, item, flags, call, now));
        }
    }

    public (int Received, int Dropped, Dictionary<string, int> Flags) Count()
    {
        lock (gate)
            return (lines.Count, dropped, new(flagCounts));
    }

    /// <summary>A stretch of the log, one JSON object each.</summary>
    public byte[][] Copy(int after, int limit)
    {
        lock (gate)
        {
            var from = Math.Min(after, lines.Count);
            return [.. CollectionsMarshal.AsSpan(lines).Slice(from, Math.Min(limit, lines.Count - from))];
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            lines.Clear();
            flagCounts.Clear();
            lastSecond.Clear();
            namesByApp.Clear();
            dropped = 0;
        }
    }

    /// <summary>
    /// Flags that depend on earlier events: one a second per visitor (by the events' own timestamps), 5,000 names per application.
    /// </summary>
    private void AddFlagsOfOthers(string app, in TrackEvent item, long instant, List<string> flags)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(lastSecond, (app, item.VisitorId!), out var known);
        if (known && last == instant / 1000)
            flags.Add(EventFlags.OverOnePerSecond);
        last = instant / 1000;
        var names = CollectionsMarshal.GetValueRefOrAddDefault(namesByApp, app, out _) ??= new(StringComparer.Ordinal);
        if (names.Count < MaxNamesPerApp)
            names.Add(item.Name!);
        else if (!names.Contains(item.Name!))
            flags.Add(EventFlags.TooManyNames);
    }

    private byte[] Line(string app, in TrackEvent item, List<string> flags, long call, DateTimeOffset now)
    {
        buffer.ResetWrittenCount();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("seq"u8, lines.Count + 1);
        json.WriteNumber("call"u8, call);
        json.WriteString("receivedAt"u8, now);
        json.WriteString("app"u8, app);
        json.WriteString("name"u8, item.Name);
        json.WriteString("visitorId"u8, item.VisitorId);
        json.WriteString("accountId"u8, item.AccountId);
        json.WriteNumber("timestamp"u8, item.Timestamp!.Value);
        WriteRaw(json, "properties"u8, item.Properties);
        WriteRaw(json, "context"u8, item.Context);
        json.WriteStartArray("flags"u8);
        foreach (var flag in flags)
            json.WriteStringValue(flag);
        json.WriteEndArray();
        json.WriteBoolean("dropped"u8, flags.Exists(EventFlags.Drops));
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
