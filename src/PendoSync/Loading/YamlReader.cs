using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PendoSync.Loading;

/// <summary>Turns the text of a file into nodes with places. Whatever the text is, the answer is nodes or problems.</summary>
internal sealed partial class YamlReader
{
    private const int MaxCharacters = 1_000_000;
    private const int MaxDepth = 32;

    // Far above any real file; keeps a small file of nested aliases from growing without end.
    private const int MaxNodes = 100_000;

    private readonly FileProblems _problems;
    private readonly EnvironmentReferences _environment;
    private readonly Dictionary<string, Anchor> _anchors = new(StringComparer.Ordinal);
    private readonly Parser _parser;
    private readonly string _text;
    private int _nodes;

    private YamlReader(string text, FileProblems problems, EnvironmentReferences environment)
    {
        _parser = new Parser(new StringReader(text));
        _text = text;
        _problems = problems;
        _environment = environment;
    }

    /// <summary>The file's one mapping, or null after a problem.</summary>
    public static YamlMap? Read(string text, FileProblems problems, EnvironmentReferences environment)
    {
        if (text.Length > MaxCharacters)
        {
            problems.Add(new Place(1, 1), $"the file has {text.Length:N0} characters, more than {MaxCharacters:N0}",
                "Is it the right file?");
            return null;
        }

        if (ControlCharacter(text) is { } place)
        {
            problems.Add(place, "this is not a text file: it holds a control character", "Save it as UTF-8 text.");
            return null;
        }

        YamlNode? root = null;
        var reader = new YamlReader(text, problems, environment);
        try
        {
            root = reader.Document();
        }
        catch (YamlException e)
        {
            Broken(text, PlaceOf(e.Start), OneSentence(e.Message), problems);
        }
        // The parser meets some broken texts with other exceptions than its own.
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or ArithmeticException
            or IndexOutOfRangeException)
        {
            Broken(text, reader._parser.Current is { } current ? PlaceOf(current.End) : new Place(1, 1), "it cannot be read from here on",
                problems);
        }

        if (root is null or YamlMap)
            return root as YamlMap;
        problems.Add(root.Place, $"the file holds {root.Kind} where keys and values are expected",
            "Start with a key, such as 'name: my-sync'.");
        return null;
    }

    private YamlNode? Document()
    {
        _parser.MoveNext();
        _parser.MoveNext();
        if (_parser.Current is StreamEnd or null)
        {
            _problems.Add(new Place(1, 1), "the file is empty", "Write the keys, or delete the file.");
            return null;
        }

        _parser.MoveNext();
        var root = Node(0);
        _parser.MoveNext();
        if (_parser.Current is not StreamEnd)
            throw Error("a file holds one document; '---' begins a second one");
        return root;
    }

    /// <summary>Reads the current node and leaves the parser after it.</summary>
    private YamlNode Node(int depth)
    {
        if (depth > MaxDepth)
            throw Error($"it is nested deeper than {MaxDepth} levels");
        var start = _parser.Current ?? throw Error("it ends too early");
        if (start is AnchorAlias alias)
            return Anchored(alias);
        var before = Count(1);
        YamlNode node = start switch
        {
            Scalar scalar => ScalarOf(scalar),
            MappingStart => Map(depth),
            SequenceStart => List(depth),
            _ => throw Error("a value is expected"),
        };
        _parser.MoveNext();
        if (start is NodeEvent { Anchor.IsEmpty: false } named)
            _anchors[named.Anchor.Value] = new Anchor(node, _nodes - before);
        return node;
    }

    // A node with a name, and how many nodes it holds.
    private sealed record Anchor(YamlNode Node, int Size);

    private YamlNode Anchored(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var anchored))
            throw Error("an alias (*name) needs its anchor (&name) above it");
        Count(anchored.Size);
        _parser.MoveNext();
        return anchored.Node;
    }

    private int Count(int more)
    {
        var before = _nodes;
        _nodes += more;
        return _nodes <= MaxNodes ? before : throw Error($"it holds more than {MaxNodes:N0} values, aliases counted");
    }

    private YamlScalar ScalarOf(Scalar scalar)
    {
        if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific && scalar.Tag.Value != "tag:yaml.org,2002:str")
            throw Error("tags (!name) are not used here");
        var plain = scalar.Style is ScalarStyle.Plain && scalar.Tag.IsEmpty;
        var read = _environment.Resolve(PlaceOf(scalar.Start), scalar.Value, plain, _problems);
        var written = _text[(int)scalar.Start.Index..(int)scalar.End.Index];
        if (scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded && TabFirst().Match(written) is { Success: true } tab)
            _problems.Add(new Place((int)scalar.Start.Line + 1, tab.Groups["blanks"].Length + 1), "a tab begins this text",
                "YAML takes spaces only to indent it.");
        if (scalar.Style is not ScalarStyle.Literal && scalar.End.Line > scalar.Start.Line)
            read.Lines = WithBreaks(scalar.Style, written);
        return read;
    }

    private static string WithBreaks(ScalarStyle style, string written) => style switch
    {
        ScalarStyle.Folded => written[(written.IndexOf('\n', StringComparison.Ordinal) + 1)..],
        ScalarStyle.SingleQuoted => written[1..^1].Replace("''", "'", StringComparison.Ordinal),
        ScalarStyle.DoubleQuoted => Escape().Replace(written[1..^1],
            e => e.Groups[1].Value switch { "n" => "\n", "t" => "\t", ['\r' or '\n', ..] => "", var letter => letter }),
        _ => written,
    };

    [GeneratedRegex(@"\A[^\n]*\n(?<blanks> *)\t", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TabFirst();

    [GeneratedRegex(@"\\(\r?\n[ \t]*|.)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Escape();

    private YamlMap Map(int depth)
    {
        var place = PlaceOf(_parser.Current!.Start);
        var entries = new List<YamlEntry>();
        var seen = new Dictionary<string, Place>(StringComparer.Ordinal);
        _parser.MoveNext();
        while (_parser.Current is not MappingEnd)
        {
            var name = Node(depth + 1);
            var value = Node(depth + 1);
            if (name is not YamlScalar key)
                _problems.Add(name.Place, $"a key must be text; found {name.Kind}", "Write 'key: value'.");
            else if (seen.TryAdd(key.Raw, key.Place))
                entries.Add(new YamlEntry(key, value));
            else
                _problems.Add(key.Place, $"the key '{key.Raw}' is written twice",
                    $"It is on line {seen[key.Raw].Line} already; keep one of them.");
        }

        return new YamlMap(place, entries);
    }

    private YamlList List(int depth)
    {
        var place = PlaceOf(_parser.Current!.Start);
        var items = new List<YamlNode>();
        _parser.MoveNext();
        while (_parser.Current is not SequenceEnd)
            items.Add(Node(depth + 1));
        return new YamlList(place, items);
    }

    private YamlException Error(string message) =>
        _parser.Current is { } e ? new YamlException(e.Start, e.End, message) : new YamlException(message);

    private static Place PlaceOf(Mark mark) => new(Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column));

    /// <summary>Reports broken YAML where people would look for it.</summary>
    private static void Broken(string text, Place place, string wrong, FileProblems problems)
    {
        var lines = text.TrimEnd().Split('\n');
        // The parser notices an early end after the last line, and a tab where a value around it began or what follows it stands.
        if (place.Line > lines.Length)
            place = new Place(lines.Length, lines[^1].Length + 1);
        var tabs = Enumerable.Range(1, lines.Length).Select(i => new Place(i, TabIn(lines[i - 1]) + 1)).Where(p => p.Column > 0).ToList();
        if ((tabs.LastOrDefault(p => p.Line <= place.Line + 1) ?? tabs.FirstOrDefault()) is { } tab)
        {
            problems.Add(tab, "a tab indents this line", "YAML takes spaces only.");
            return;
        }

        problems.Add(place, $"this is not valid YAML: {wrong}", lines[place.Line - 1].Contains("${", StringComparison.Ordinal)
            ? "Inside { } and [ ] write references in quotes: \"${secret:name}\"."
            : "Check the indentation, the quotes and the colons here.");
    }

    // Where the blanks before a line hold one; below -1: nowhere.
    private static int TabIn(string line) => line.AsSpan()[..^line.AsSpan().TrimStart().Length].IndexOf('\t') is >= 0 and var at ? at : -2;

    private static string OneSentence(string message) => message.ReplaceLineEndings(" ").TrimEnd('.');

    private static Place? ControlCharacter(string text)
    {
        var (line, column) = (1, 1);
        foreach (var c in text)
        {
            if (c == '\n')
                (line, column) = (line + 1, 0);
            else if ((char.IsControl(c) && c is not ('\t' or '\r' or '\u0085')) || c is '\uFFFD' or '\uFFFE' or '\uFFFF')
                return new Place(line, column);
            column++;
        }

        return null;
    }
}
