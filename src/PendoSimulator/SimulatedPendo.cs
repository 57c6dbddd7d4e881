using PendoSimulator.Control;
using PendoSimulator.Events;
using PendoSimulator.Faults;
using PendoSimulator.Records;
using PendoSimulator.Segments;

namespace PendoSimulator;

/// <summary>Everything one simulated subscription holds.</summary>
internal sealed class SimulatedPendo
{
    private readonly RecordKind[] kinds = [new("visitor"), new("account"), new("parentAccount")];

    public SimulatedPendo(SimulatorOptions options, TimeProvider time)
    {
        Options = options;
        Time = time;
        Keys = new(options);
        Calls = new(time, options.RememberedCalls);
        Events = new(time);
        Segments = new(time);
        Faults = new(time);
        ResetFields();
    }

    public SimulatorOptions Options { get; set; }

    public TimeProvider Time { get; }

    public KeyRing Keys { get; }

    public CallLog Calls { get; }

    public EventLog Events { get; }

    public SegmentStore Segments { get; }

    public DeletionQueue Deletions { get; } = new();

    public FaultRules Faults { get; }

    /// <summary>The kinds that exist under the present options.</summary>
    public IEnumerable<RecordKind> Kinds => kinds.Where(k => k.Name != "parentAccount" || Options.ParentAccounts);

    public RecordKind? FindKind(string name) => Kinds.FirstOrDefault(k => k.Name == name);

    public void ResetFields()
    {
        foreach (var kind in kinds)
            kind.ResetFields(Options.Fields.Where(f => f.Kind == kind.Name));
    }

    /// <summary>Changes fields behind the client's back; fields of unknown kinds and unknown fields are passed over.</summary>
    public void Change(SchemaChange? change)
    {
        foreach (var field in change?.Add ?? [])
            FindKind(field.Kind)
                ?.AddField(field.Group, field.Name, field.Type, field.DisplayName ?? field.Name, Options.FieldNamesIgnoreCase);
        foreach (var field in change?.Remove ?? [])
            FindKind(field.Kind)?.DeleteField(field.Group, field.Name, Options.FieldNamesIgnoreCase);
    }

    public void Reset(ResetRequest what)
    {
        if (what.Records)
        {
            Array.ForEach(kinds, kind => kind.Records.Clear());
            Deletions.Clear();
        }
        if (what.Events)
            Events.Clear();
        if (what.Segments)
            Segments.Clear();
        if (what.Calls)
            Calls.Clear();
        if (what.Faults)
            Faults.Clear();
        if (what.Keys)
            Keys.Reset(Options);
        // Stored values refer to fields by index, so fields go back to the start only together with the records.
        if (what is { Schema: true, Records: true })
            ResetFields();
    }

    public bool DoNotProcess(string kindName, string? id)
    {
        if (string.IsNullOrEmpty(id))
            return false;
        if (Deletions.Covers(kindName, id))
            return true;
        if (FindKind(kindName) is not { } kind || kind.Records.Find(id) is not { Length: > 0 } values)
            return false;
        return kind.Fields.Find("pendo", "donotprocess", ignoreCase: false) is { } flag
            && PackedValues.Find(values, flag.Index).SequenceEqual("true"u8);
    }
}
