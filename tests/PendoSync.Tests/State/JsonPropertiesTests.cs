using System.Globalization;
using System.Text;
using System.Text.Json;
using PendoSync.State;

namespace PendoSync.Tests.State;

public sealed class JsonPropertiesTests
{
    private static readonly TableRow Whole = new("p", "r")
    {
        ["text"] = "some \"text\" é 😀 \u0000",
        ["flag"] = true,
        ["number"] = long.MinValue,
        ["fraction"] = 0.1,
        ["time"] = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(7),
        ["bytes"] = new byte[] { 1 },
    };

    [Fact]
    public void Every_kind_of_property_comes_back_and_anybody_can_read_it()
    {
        var text = JsonProperties.Write(Whole);
        var read = new TableRow("p", "r");
        Assert.Equal(["bytes"], JsonProperties.Read(Tables.Receipts, text, read, null));
        foreach (var (name, value) in Whole.Properties.Where(p => p.Value is not byte[]))
            Assert.Equal(value, read[name]);

        using var json = JsonDocument.Parse(text);
        Assert.Equal("2026-03-01T12:00:00.0000007Z", json.RootElement.GetProperty("time").GetProperty("time").GetString());
        var chosen = new TableRow("p", "r");
        Assert.Empty(JsonProperties.Read(Tables.Receipts, text, chosen, ["flag"]));
        Assert.Equal(["flag"], chosen.Properties.Keys);
    }

    [Fact]
    public void A_damaged_row_is_read_or_is_a_problem_of_the_state()
    {
        var text = Encoding.UTF8.GetBytes(JsonProperties.Write(Whole));
        var problems = 0;
        for (var at = 0; at < text.Length; at++)
        {
            foreach (var damage in (byte[])[0, 1, (byte)'{', (byte)'"', (byte)'9', 0x80, 0xFF])
            {
                var damaged = text.ToArray();
                damaged[at] = damage;
                problems += IsProblem(damaged) ? 1 : 0;
            }

            Assert.True(IsProblem(text[..at]), at.ToString(CultureInfo.InvariantCulture));
        }

        Assert.True(problems > text.Length);
        string[] values = ["null", "[]", "{}", "1.5", "{\"time\":7}", "{\"double\":null}"];
        foreach (var strange in values.Select(value => $"{{\"a\":{value}}}").Concat(["null", "[]", "7"]))
            Assert.True(IsProblem(Encoding.UTF8.GetBytes(strange)), strange);
    }

    private static bool IsProblem(byte[] text)
    {
        try
        {
            JsonProperties.Read(Tables.Receipts, Encoding.UTF8.GetString(text), new TableRow("p", "r"), null);
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
