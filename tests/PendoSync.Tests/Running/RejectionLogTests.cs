using PendoSync.Records;
using PendoSync.Running;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Running;

public sealed class RejectionLogTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly StateStore _state = new(new MemoryTableStore(new ManualClock()));

    [Fact]
    public void An_invalid_row_is_known_by_its_key_or_by_its_place()
    {
        Assert.Equal("00000000000000ff", RejectionLog.Invalid("v", 255, 7, new Invalid(Rules.NotNumber, "seats"), "s-1", _now).Id);
        Assert.Equal("row-000000000007", RejectionLog.Invalid(null, 0, 7, new Invalid(Rules.NullKey, "id"), "s-1", _now).Id);
        var repeated = RejectionLog.Invalid("v", 255, 7, new Invalid(Rules.RepeatedKey, "id"), "s-1", _now);
        Assert.Equal(("row-000000000007", "invalid", "repeated_key"), (repeated.Id, repeated.Outcome, repeated.Rule));
        Assert.Contains("column 'id'", repeated.Reason);
    }

    [Fact]
    public async Task Stale_invalid_rows_go_when_the_whole_model_was_read_or_the_row_is_valid_again()
    {
        var log = new RejectionLog(_state);
        await log.NoteInvalidAsync("s", [Row("old", "s-1"), Row("healed", "s-1"), Row("new", "s-2"), Row("refused", "s-1") with { Outcome = "rejected" }], default);
        Assert.Equal(["healed", "new", "old"], (await log.InvalidIdsAsync("s", default)).Order());

        await log.TidyAsync("s", "s-2", ["healed"], readAll: false, default);
        Assert.Equal(["new", "old", "refused"], await IdsAsync());
        await log.TidyAsync("s", "s-2", [], readAll: true, default);
        Assert.Equal(["new", "refused"], await IdsAsync());
    }

    [Fact]
    public async Task The_newest_ten_thousand_are_kept()
    {
        var log = new RejectionLog(_state);
        await log.NoteInvalidAsync("s", [.. Enumerable.Range(0, RejectionTable.MaxKept + 5).Select(i => Row($"r{i:D6}", "s-1") with { Last = _now.AddSeconds(i) })], default);
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

    private async Task<List<string>> IdsAsync() => [.. (await _state.Rejections.IdsAsync("s", default)).Select(r => r.Id)];

    private static Rejection Row(string id, string run) => new() { Id = id, Key = id, Outcome = "invalid", Rule = Rules.NotNumber, First = _now, Last = _now, RunId = run };
}
