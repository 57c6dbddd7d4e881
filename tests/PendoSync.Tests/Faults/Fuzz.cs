using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>What fuzzing needs: generators of text and JSON, damaged bytes, and a check that ends and replays.</summary>
internal static class Fuzz
{
    /// <summary>Cases of the full form.</summary>
    public const int Cases = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Text with everything that breaks readers: quotes, controls, brackets, lone surrogates, and what FsCheck thinks of.
    /// </summary>
    public static Gen<string> Text { get; } = Gen.Frequency(
        (120, Gen.Elements("", "a", "é", "😀", "\ud800", "\udc00x", "\0", "\u202e", "'; drop table x; --", "<script>", "../../etc/passwd",
            "%00", "a/b", "a\\b", "#", "?", "\r\nX: y", "1e999", "-1")),
        (1, Gen.Constant(new string('x', 70_000))),
        (80, ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "")));

    /// <summary>JSON, mostly whole; members and texts are drawn from <paramref name="words"/> too.</summary>
    public static Gen<string> Json(params string[] words) => Gen.Sized(size => Json(words, Math.Min(size, 4)));

    /// <summary>Damages the bytes of a text, or leaves them.</summary>
    public static Gen<byte[]> Damaged(Gen<string> texts) =>
        texts.SelectMany(text => Gen.Choose(0, int.MaxValue).Select(seed => Damage(text, new System.Random(seed))));

    /// <summary>Holds for every case, or fails with the case and a replay.</summary>
    public static void Check<T>(Gen<T> cases, Action<T> holds) => Prop.ForAll(cases.ToArbitrary(), one =>
    {
        var begun = Stopwatch.GetTimestamp();
        holds(one);
        Assert.True(Stopwatch.GetElapsedTime(begun) < Patience, $"it took {Stopwatch.GetElapsedTime(begun)}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(Full.Count(Cases)).WithReplay(20_260_301UL, 1UL));

    private static Gen<string> Json(string[] words, int depth)
    {
        var literal = Gen.Elements("null", "true", "false", "0", "-1", "1.5", "1e400", "99999999999999999999",
            "\"\\ud800\"", "\"\\u0000\"");
        var text = Gen.OneOf(words.Length == 0 ? Text : Gen.Elements(words), Text).Select(Quoted);
        if (depth <= 0)
            return Gen.OneOf(literal, text);
        var inner = Json(words, depth - 1);
        var members = text.SelectMany(_ => inner, (name, value) => name + ":" + value).ListOf()
            .Select(all => "{" + string.Join(',', all) + "}");
        return Gen.Frequency((1, literal), (2, text), (1, inner.ListOf().Select(all => "[" + string.Join(',', all.Take(6)) + "]")),
            (4, members));
    }

    // Lone surrogates stay as escapes, which a writer would refuse or replace.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            _ = c is '"' or '\\' or < ' ' || char.IsSurrogate(c) ? quoted.Append($"\\u{(int)c:x4}") : quoted.Append(c);
        return quoted.Append('"').ToString();
    }

    private static byte[] Damage(string text, System.Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = random.Next(-1, 4); i > 0 && bytes.Length > 0; i--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(3))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes = bytes[..at];
                    break;
                default:
                    bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]];
                    break;
            }
        }

        return bytes;
    }
}
