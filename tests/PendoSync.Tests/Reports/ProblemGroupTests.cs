using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Tests.Reports;

public sealed class ProblemGroupTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("v-00042: plan is frozen", "v-00042", "(id): plan is frozen")]
    [InlineData("V-00042 is not allowed", "v-00042", "(id) is not allowed")]
    [InlineData("visitor \"a b\" has seats of 12.5, at most 10", "a b", "visitor (id) has seats of (n), at most (n)")]
    [InlineData("field 'seats' wants a number, not 'many'", "x", "field 'seats' wants a number, not (value)")]
    [InlineData("owner anna@example.com is unknown", "x", "owner (id) is unknown")]
    [InlineData("request 6f9619ff-8b86-d011-b42d-00c04fc964ff failed at 2026-03-01T10:00:00Z", "x", "request (n) failed at (n)")]
    [InlineData("Pendo doesn't take it, isn't it odd", "x", "Pendo doesn't take it, isn't it odd")]
    [InlineData("field seats2 is frozen", "x", "field seats2 is frozen")]
    public void What_differs_from_record_to_record_is_taken_out_of_a_reason(string reason, string key, string normal) =>
        Assert.Equal(normal, ReasonText.Normal(reason, key, new HashSet<string>(["seats", "seats2"], StringComparer.Ordinal)));

    [Fact]
    public void Problems_of_one_kind_are_one_group_with_its_count_share_times_and_three_keys()
    {
        var rejected = Enumerable.Range(1, 171).Select(i => new Rejection
        {
            Id = $"{i:x16}",
            Key = $"user-{i:D5}",
            Outcome = "rejected",
            Reason = $"user-{i:D5}: the value '{i}' is too large",
            First = Now.AddMinutes(i),
            Last = Now.AddMinutes(2 * i),
        });
        Rejection[] others =
        [
            new() { Id = "row-1", Outcome = "invalid", Rule = "null_key", Column = "id",
                Reason = "column 'id': the key is null (null_key)" },
            new() { Id = "1", Key = "x", Outcome = "invalid", Rule = "not_a_number", Column = "a", Reason = "a" },
            new() { Id = "2", Key = "y", Outcome = "invalid", Rule = "not_a_number", Column = "b", Reason = "b" },
            new() { Id = "3", Key = "z", Outcome = "not_found" },
        ];
        var groups = ProblemGroup.Of(rejected.Concat(others), null, new Standing
        {
            InStep = 1535,
            Rejected = 171,
            Invalid = 3,
            NotFound = 1
        });

        Assert.Equal(5, groups.Count);
        var first = groups[0];
        Assert.Equal(("rejected", "(id): the value (value) is too large", 171L, 0.1), (first.Outcome, first.Reason, first.Count,
            first.Share));
        Assert.Equal((Now.AddMinutes(1), Now.AddMinutes(342)), (first.First, first.Last));
        Assert.Equal(["user-00171", "user-00170", "user-00169"], first.Examples);
        Assert.Equal("Pendo does not know the id", groups.Single(g => g.Outcome == "not_found").Reason);
        Assert.Empty(groups.Single(g => g.Rule == "null_key").Examples);
    }
}
