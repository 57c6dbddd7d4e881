using System.Globalization;
using System.Text;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Planning;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>
/// Bytes and texts that nobody meant: read without an unhandled exception, and never trusted beyond what they say. YAML and manifests:
/// Definitions/FuzzTests.
/// </summary>
public sealed class FuzzTests
{
    private const int Cases = 100_000;

    [Fact]
    public void Any_answer_of_Pendo_has_one_meaning_and_accepts_only_what_its_counts_say()
    {
        for (var seed = 0; seed < Full.Count(Cases); seed++)
        {
            var random = new Random(seed);
            string[] ids = [.. Enumerable.Range(0, random.Next(1, 8)).Select(i => $"r{i}")];
            var body = random.Next(3) == 0 ? Broken(random, Answer(random, ids)) : Encoding.UTF8.GetBytes(Answer(random, ids));
            var status = random.Next(3) == 0 ? random.Next(100, 600) : 200;
            var reading = Try(seed, () => PendoAnswers.Read(new PendoAnswer(status, body, null), ids));
            if (reading.Verdict != Verdict.Done)
                continue;
            Assert.Equal(ids.Length, reading.Outcomes.Count);
            var accepted = reading.Outcomes.Count(o => o.Outcome == RecordOutcome.Accepted);
            if (accepted > 0)
                Assert.True(status is >= 200 and < 300 && accepted == Accepted(body, ids.Length),
                    $"seed {seed}: {accepted} accepted of {Encoding.UTF8.GetString(body)}");
            _ = Try(seed, () => TrackAnswers.Read(new PendoAnswer(status, body, null)).Outcome);
        }
    }

    [Fact]
    public void Any_receipt_is_read_or_is_a_problem_of_the_state()
    {
        for (var seed = 0; seed < Full.Count(Cases); seed++)
        {
            var random = new Random(seed);
            var row = new TableRow(random.Next(4) == 0 ? Text(random) : "world-2516299343979974c8b.1", random.Next(4) == 0
                ? Text(random) : "0000001");
            foreach (var name in new[] { "kind", "owner", "cursor", "reasons", "rejectedWhole", "totals", "b0", "b1", "calls", "events" })
                row[name] = Value(random, name);
            try
            {
                var read = BatchRow.FromRow(row);
                _ = read.Totals();
                var index = new SnapshotIndex(read.IsEvents);
                SnapshotLoader.Apply(read, index);
            }
            catch (ProblemException e) when (e.Problem is { Kind: ProblemKind.State, Place: not null, Fix: not null })
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e}");
            }
        }
    }

    [Fact]
    public void Any_cron_line_is_read_or_refused()
    {
        for (var seed = 0; seed < Full.Count(Cases); seed++)
        {
            var random = new Random(seed);
            var line = string.Join(' ', Enumerable.Range(0, random.Next(1, 8))
                .Select(_ => new string([.. Enumerable.Range(0, random.Next(1, 6))
                .Select(_ => "0123456789*/,-?LW#MONJAN"[random.Next(23)])])));
            Assert.True(Try(seed, () => CronLine.Parse(line, out var wrong) is null == wrong is not null), line);
        }
    }

    private static T Try<T>(int seed, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e)
        {
            Assert.Fail($"Seed {seed}: {e}");
            throw;
        }
    }

    private static string Answer(Random random, string[] ids)
    {
        var failed = random.Next(-1, ids.Length + 2);
        var parts = new List<string>();
        void Add(string name, string value)
        {
            if (random.Next(6) > 0)
                parts.Add($"\"{(random.Next(40) == 0 ? "\\ud800" : name)}\":{(random.Next(12) == 0 ? Json(random) : value)}");
        }

        Add("total", ids.Length.ToString(CultureInfo.InvariantCulture));
        Add("updated", (ids.Length - failed).ToString(CultureInfo.InvariantCulture));
        Add("failed", failed.ToString(CultureInfo.InvariantCulture));
        var named = ids.OrderBy(_ => random.Next()).Take(Math.Max(0, failed)).ToList();
        var missing = random.Next(named.Count + 1);
        Add("missing", "[" + string.Join(',', named.Take(missing).Select(id => $"\"{id}\"")) + "]");
        Add("errors", "[" + string.Join(',', named.Skip(missing).Select(id => random.Next(4) switch
        {
            0 => $"\"{id}: bad\"",
            1 => $$"""{"id":"{{id}}","error":"bad"}""",
            2 => Json(random),
            _ => $$"""{"visitorId":"{{id}}","\udc00":"\ud800"}""",
        })) + "]");
        return "{" + string.Join(',', parts) + "}";
    }

    // What the answer itself says was updated; -1 when it says nothing that can be believed.
    private static int Accepted(byte[] body, int sent)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        int? Count(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var number) ? number : null;
        return Count("updated") ?? (Count("failed") is { } failed ? sent - failed : -1);
    }

    private static byte[] Broken(Random random, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = random.Next(1, 4); i > 0 && bytes.Length > 0; i--)
        {
            if (random.Next(2) == 0)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            else
                bytes = bytes[..random.Next(bytes.Length)];
        }

        return bytes;
    }

    private static string Json(Random random) => random.Next(8) switch
    {
        0 => "null",
        1 => "-1",
        2 => "1e400",
        3 => "\"\\ud83d\"",
        4 => "[[[]]]",
        5 => "{\"id\":{}}",
        6 => "true",
        _ => "99999999999999999999",
    };

    private static object? Value(Random random, string name) => random.Next(8) switch
    {
        0 => null,
        1 => Text(random),
        2 => (long)random.Next(),
        3 => random.Next(2) == 0,
        _ => name switch
        {
            "kind" => random.Next(3) switch { 0 => "intent", 1 => "released", _ => "receipt" },
            "reasons" => "[\"a\",\"b\"]",
            "b0" or "b1" => Bytes(random),
            "calls" => 3L,
            "events" => true,
            _ => Text(random),
        },
    };

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(3) == 0 ? random.Next(60) : 17 * random.Next(1, 5)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Text(Random random) =>
        new([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 128 : 0xd7ff))]);
}
