using PendoSync.Batches;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Tests.Faults;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Runs;

public sealed class RejectionLogTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly StateStore _state = new(new MemoryTableStore(new ManualClock()));

    [Fact]
    public void An_invalid_row_is_known_by_its_key_or_by_its_place()
    {
        Assert.Equal("00000000000000ff",
            RejectionLog.Invalid("v", 255, 7, new Invalid(Rules.NotNumber, "seats"), 0, "s-1", _now, false).Id);
        Assert.Equal("row-000000000007", RejectionLog.Invalid(null, 0, 7, new Invalid(Rules.NullKey, "id"), 0, "s-1", _now, true).Id);
        var repeated = RejectionLog.Invalid("v", 255, 7, new Invalid(Rules.RepeatedKey, "id"), 0, "s-1", _now, true);
        Assert.Equal(("row-000000000007", "invalid", "repeated_key"), (repeated.Id, repeated.Outcome, repeated.Rule));
        Assert.Contains("column 'id'", repeated.Reason);
    }

    [Fact]
    public async Task A_receipt_puts_its_refusals_on_the_list_and_takes_off_what_was_accepted_at_last()
    {
        var log = new RejectionLog(_state);
        var first = _now.AddDays(-1);
        await _state.Rejections.WriteAsync("s", [Rejected(1, first), Rejected(2, first)], default);
        var batch = TestBatches.Batch(6, tries: [3, 2, 0, 0, 0, 0], events: true);
        var receipt = new BatchRow(batch, "owner") { Timestamp = _now, Kind = BatchRowKind.Receipt };
        receipt.Set(0, RecordOutcome.Accepted);
        receipt.Set(1, RecordOutcome.Rejected, "still bad");
        receipt.Set(2, RecordOutcome.Unknown, "the answer was lost");
        receipt.Set(3, RecordOutcome.Accepted);
        receipt.Set(4, RecordOutcome.Cancelled);
        receipt.Set(5, RecordOutcome.NotFound);

        // A message that comes again finds the receipt and notes it again.
        await log.NoteAsync(batch, receipt, default);
        await log.NoteAsync(batch, receipt, default);

        var listed = new List<Rejection>();
        await foreach (var rejected in _state.Rejections.ListAsync("s", null, default))
            listed.Add(rejected with { RunId = "" });
        Assert.Equal(
        [
            Rejected(2, first) with { Key = "e1", Reason = "still bad", Tries = 3, Last = _now, NextDue = _now + Waiting.BackoffAfter(3) },
            Rejected(3, _now) with { Key = "e2", Outcome = "unknown", Reason = "the answer was lost" },
            Rejected(6, _now) with { Key = "e5", Outcome = "not_found", NextDue = _now + Waiting.BackoffAfter(1) },
        ], listed);
    }

    [Fact]
    public async Task What_a_read_proved_stale_goes_and_invalid_rows_too_once_all_was_read()
    {
        var log = new RejectionLog(_state);
        await log.NoteInvalidAsync("s", [Row("old", "s-1"), Row("healed", "s-1"), Row("new", "s-2"),
            Row("refused", "s-1") with { Outcome = "rejected" }, Row("accepted", "s-1") with { Outcome = "not_found" }], default);
        await log.TidyAsync("s", "s-2", ["healed", "accepted", "new"], readAll: false, default);
        Assert.Equal(["new", "old", "refused"], await IdsAsync());
        await log.TidyAsync("s", "s-2", [], readAll: true, default);
        Assert.Equal(["new", "refused"], await IdsAsync());
    }

    [Fact]
    public async Task The_newest_ten_thousand_are_kept()
    {
        var log = new RejectionLog(_state);
        await log.NoteInvalidAsync("s",
            [.. Enumerable.Range(0, RejectionTable.MaxKept + 5).Select(i => Row($"r{i:D6}", "s-1") with { Last = _now.AddSeconds(i) })],
            default);
        await log.TidyAsync("s", "s-1", [], readAll: true, default);

        var ids = await IdsAsync();
        Assert.Equal((RejectionTable.MaxKept, "r000005"), (ids.Count, ids[0]));
    }

    [Fact]
    public void A_run_writes_at_most_ten_thousand_details()
    {
        var log = new RejectionLog(_state);
        Assert.Equal(RejectionTable.MaxKept, Enumerable.Range(0, RejectionTable.MaxKept + 100).Count(_ => log.Take("s-1")));
        Assert.True(log.Take("s-2"));
        log.Forget("s-1");
        Assert.True(log.Take("s-1"));
    }

    [Theory]
    [InlineData(Rules.NotNumber, 255UL, true, true)]
    [InlineData(Rules.NotNumber, 255UL, false, false)]
    [InlineData(Rules.NotNumber, 0UL, true, false)]
    [InlineData(Rules.RepeatedKey, 255UL, true, false)]
    [InlineData(Rules.TooOld, 255UL, true, false)]
    [InlineData(Rules.Forgotten, 255UL, true, false)]
    public void An_invalid_row_is_looked_up_again_only_where_reads_pass_over_it_and_it_may_become_valid(string rule, ulong key,
        bool readAgain, bool again)
    {
        var row = RejectionLog.Invalid("v", key, 7, new Invalid(rule, "c"), 1, "s-1", _now, readAgain);
        Assert.Equal(again ? _now.AddHours(2) : null, row.NextDue);
        Assert.Equal(("v", "c", 2, _now, _now, "s-1"), (row.Key, row.Column, row.Tries, row.First, row.Last, row.RunId));
        Assert.Equal(255, RejectionLog.Invalid("v", key, 7, new Invalid(rule, "c"), 255, "s-1", _now, readAgain).Tries);
    }

    [Fact]
    public void An_event_without_an_answer_is_listed_by_its_hash_and_never_tried_again_by_itself() =>
        Assert.Equal(new Rejection
        {
            Id = "00000000000000ff",
            Outcome = "unknown",
            Reason = "the answer was lost",
            First = _now,
            Last = _now,
            RunId = "s-1",
        }, RejectionLog.Unknown(255, "the answer was lost", "s-1", _now));

    [Theory]
    [InlineData(RecordOutcome.NotFound, "not_found")]
    [InlineData(RecordOutcome.GivenUp, "given_up")]
    [InlineData(RecordOutcome.Rejected, "rejected")]
    public void An_outcome_has_a_word(RecordOutcome outcome, string word) => Assert.Equal(word, RejectionLog.NameOf(outcome));

    [Fact]
    public async Task When_some_go_the_newest_ten_thousand_of_the_others_are_kept()
    {
        var log = new RejectionLog(_state);
        await log.NoteInvalidAsync("s",
            [.. Enumerable.Range(0, RejectionTable.MaxKept + 5).Select(i => Row($"r{i:D6}", "s-1") with { Last = _now.AddSeconds(i) })],
            default);
        await log.TidyAsync("s", "s-2", ["r000007", "r010004"], readAll: false, default);

        var ids = await IdsAsync();
        Assert.Equal((RejectionTable.MaxKept, "r000003"), (ids.Count, ids[0]));
        Assert.DoesNotContain("r000007", ids);
    }

    [Fact]
    public async Task A_receipt_full_of_refusals_reads_a_hundred_of_them_and_deletes_none_that_was_never_listed()
    {
        var tables = new CountedTables(new MemoryTableStore(new ManualClock()));
        var batch = TestBatches.Batch(400, events: true, tries: [.. Enumerable.Range(0, 400).Select(i => (byte)(i < 150 ? 1 : 0))]);
        var receipt = new BatchRow(batch, "owner") { Timestamp = _now, Kind = BatchRowKind.Receipt };
        for (var i = 0; i < 400; i++)
            receipt.Set(i, i is < 140 or >= 390 ? RecordOutcome.Rejected : RecordOutcome.Accepted);
        await new RejectionLog(new StateStore(tables)).NoteAsync(batch, receipt, default);

        Assert.Equal((100, 10), (tables.Reads, tables.Deleted));
    }

    private sealed class CountedTables(ITableStore inner) : PassingTables(inner)
    {
        public int Reads { get; private set; }

        public int Deleted { get; private set; }

        public override Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
        {
            Reads++;
            return base.GetAsync(table, partition, row, ct);
        }

        public override Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct)
        {
            Deleted += rows.Count;
            return base.DeleteAsync(table, partition, rows, ct);
        }
    }

    private static Rejection Rejected(ulong keyHash, DateTimeOffset first) =>
        new() { Id = RejectionTable.IdOf(keyHash), Outcome = "rejected", First = first, Last = first };

    private async Task<List<string>> IdsAsync() => [.. (await _state.Rejections.IdsAsync("s", default)).Select(r => r.Id)];

    private static Rejection Row(string id, string run) =>
        new() { Id = id, Key = id, Outcome = "invalid", Rule = Rules.NotNumber, First = _now, Last = _now, RunId = run };
}
