using System.Data.Common;
using System.Runtime.InteropServices;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>What became of one row.</summary>
/// <param name="Cells">The row as it was read; not where rows are read ahead, which no read of one key does.</param>
/// <param name="Row">Its mapper, which holds the record; valid until the next row.</param>
/// <param name="Decision">What is done with it.</param>
/// <param name="Invalid">The rule it breaks, for <see cref="Decision.Invalid"/>.</param>
/// <param name="Tries">How often the record was rejected before.</param>
/// <param name="WasRejected">True when Pendo rejected it before: it travels apart, so that it takes no other one with it again.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JudgedRow(DbDataReader Cells, RowMapper Row, Decision Decision, Invalid? Invalid, byte Tries,
    bool WasRejected = false)
{
    /// <summary>True when the index knew its key and the read meets it for the first time.</summary>
    public bool WasKnown { get; init; }

    /// <summary>True when the record is to be sent.</summary>
    public bool IsPlanned => Decision is Decision.New or Decision.Changed or Decision.Retry or Decision.InDoubt;
}

/// <summary>Told of every row of a pass, in the order of the read.</summary>
internal interface IRowTaker
{
    /// <summary>One row.</summary>
    ValueTask TakeAsync(in JudgedRow row, CancellationToken ct);

    /// <summary>An entry of the list of rejections that is to be written anew; nothing for those that only look.</summary>
    void Name(Rejection rejection)
    {
    }

    /// <summary>A pause after every few hundred rows; nothing to do for those that only look.</summary>
    ValueTask PauseAsync(CancellationToken ct) => ValueTask.CompletedTask;
}
