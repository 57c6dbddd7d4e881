using PendoSync.State;

namespace PendoSync.Tests.State;

public sealed class PackedPropertiesTests
{
    [Fact]
    public void A_damaged_row_is_read_or_is_a_problem_of_the_state()
    {
        var packed = PackedProperties.Pack(new TableRow("p", "r") { ["text"] = "some text", ["flag"] = true, ["number"] = 7L,
            ["time"] = DateTimeOffset.UnixEpoch, ["bytes"] = new byte[] { 1 } });
        var problems = 0;
        for (var at = 0; at < packed.Length; at++)
        {
            foreach (var damage in (byte[])[0, 1, 0x7F, 0x80, 0xFF])
            {
                var damaged = packed.ToArray();
                damaged[at] = damage;
                problems += IsProblem(damaged) ? 1 : 0;
            }

            problems += IsProblem(packed[..at]) ? 1 : 0;
        }

        Assert.True(problems > packed.Length);
        // A length below zero, which a reader of .NET reports in a way of its own.
        Assert.True(IsProblem([0xFF, 0xFF, 0xFF, 0xFF, 0x0F]));
    }

    private static bool IsProblem(byte[] packed)
    {
        try
        {
            PackedProperties.Unpack(Tables.Receipts, packed, new TableRow("p", "r"), null);
            return false;
        }
        catch (ProblemException e)
        {
            Assert.Equal(ProblemKind.State, e.Problem.Kind);
            Assert.Equal("p/r", e.Problem.Place);
            return true;
        }
    }
}
