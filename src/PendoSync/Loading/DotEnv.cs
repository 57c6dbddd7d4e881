using System.Text;
using System.Text.RegularExpressions;
using PendoSync.Definitions;

namespace PendoSync.Loading;

/// <summary>
/// Reads a .env file as dotenv readers do: NAME=value, <c>export</c>, # comments, values in single quotes (as they stand), in double
/// quotes (\n, \r and \" are escapes) and without quotes (trimmed, up to a blank and #); quoted values may run over lines.
/// What readers read differently (github.com/motdotla/dotenv, github.com/theskumar/python-dotenv) is refused, with the way to write it.
/// </summary>
internal static partial class DotEnv
{
    private const string File = ".env";
    private const int MaxBytes = 1_000_000;
    private const string Reference = "some readers put a variable in place of ${";

    /// <summary>The values of the file in <paramref name="directory"/>; empty when there is none.</summary>
    /// <param name="directory">The project's folder.</param>
    /// <param name="problems">Takes what is wrong with the file, with its place; never a value.</param>
    public static IReadOnlyDictionary<string, string> Read(string directory, List<DefinitionProblem> problems)
    {
        try
        {
            var files = new FolderFiles(directory);
            // A folder of that name is a virtual environment of Python.
            return Parse(files.IsFolder(File) ? [] : files.Read(File, MaxBytes) ?? [], problems);
        }
        catch (UnreadableFileException e)
        {
            new FileProblems(File, problems).Add(new Place(1, 1), $"the file cannot be read: {e.Message}", e.Fix);
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }
    }

    /// <summary>The values by name; the last line of a name counts.</summary>
    public static IReadOnlyDictionary<string, string> Parse(ReadOnlySpan<byte> bytes, List<DefinitionProblem> problems)
    {
        var reading = new Reading(problems);
        if (TextFiles.Text(bytes, new FileProblems(File, problems)) is { } text)
        {
            reading.Lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
            reading.All();
        }

        return reading.Values;
    }

    [GeneratedRegex(@"^\s*(?!export\s+=)(?:export\s+)?(?<name>[A-Za-z0-9_.-]+)\s*=\s*", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Assignment();

    private sealed class Reading(List<DefinitionProblem> problems)
    {
        public string[] Lines { get; set; } = [];

        public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

        public void All()
        {
            // What no keyboard writes came from somewhere else, and would go into a login as it is.
            for (var line = 0; line < Lines.Length; line++)
            {
                if (ControlIn(Lines[line]) is >= 0 and var at)
                {
                    Wrong(line, at, $"there is a control character, U+{(int)Lines[line][at]:X4}", "Remove it.");
                    return;
                }
            }

            for (var line = 0; line < Lines.Length; line++)
                line = Next(line);
        }

        private static int ControlIn(string line)
        {
            for (var at = 0; at < line.Length; at++)
            {
                if (char.IsControl(line[at]) && line[at] != '\t')
                    return at;
            }

            return -1;
        }

        /// <summary>Reads what begins on a line; gives the line where it ends.</summary>
        private int Next(int line)
        {
            var text = Lines[line];
            if (IsRest(text))
                return line;
            var assignment = Assignment().Match(text);
            if (!assignment.Success)
                return Wrong(line, text.Length - text.TrimStart().Length, "this is neither NAME=value nor a comment",
                    "Write NAME=value, or # before a comment; a value of several lines stands in quotes.");
            var start = assignment.Length;
            var name = assignment.Groups["name"].Value;
            return start == text.Length ? Take(name, "", line)
                : text[start] is '"' or '\'' ? Quoted(name, line, start)
                : Unquoted(name, line, start);
        }

        private int Unquoted(string name, int line, int start)
        {
            var text = Lines[line];
            if (text[start] == '`')
                return Wrong(line, start, $"the value of {name} begins with a backtick, which only some readers take for a quote",
                    "Write ' or \" in its place.");
            if (text[start] == '#' && text[start - 1] == '=')
                return Wrong(line, start, $"what follows {name}= may be a comment or a value",
                    "Put a value into single quotes, and a blank before a comment.");
            var end = start;
            while (end < text.Length && !(text[end] == '#' && char.IsWhiteSpace(text[end - 1])))
                end++;
            return text.AsSpan(start, end - start).IndexOf("${", StringComparison.Ordinal) is >= 0 and var reference
                ? Wrong(line, start + reference, Reference, "Write the value in single quotes.")
                : Take(name, text[start..end].TrimEnd(), line);
        }

        private int Quoted(string name, int first, int start)
        {
            var quote = Lines[first][start];
            var value = new StringBuilder();
            for (var (line, at) = (first, start + 1); line < Lines.Length; (line, at) = (line + 1, 0))
            {
                for (var text = Lines[line]; at < text.Length; at++)
                {
                    if (text[at] == quote)
                        return Closed(name, value.ToString(), first, line, at);
                    var next = at + 1 < text.Length ? text[at + 1] : '\n';
                    if (quote == '"' && text[at] == '$' && next == '{')
                        return Stop(line, at, Reference, "Write the value in single quotes.");
                    if (text[at] != '\\' || (quote == '\'' && next != '\''))
                    {
                        value.Append(text[at]);
                        continue;
                    }

                    if (quote == '\'')
                        return Stop(line, at, "\\' ends the value for some readers and not for others",
                            "Write the value in double quotes, where \\\" is an escape.");
                    if (next is not ('n' or 'r' or '"'))
                        return Stop(line, at, "in double quotes a backslash stands before n, r or \" only",
                            "Write the value in single quotes, where it stands for itself.");
                    value.Append(next switch { 'n' => '\n', 'r' => '\r', _ => '"' });
                    at++;
                }

                value.Append('\n');
            }

            return Stop(first, start, $"the quote that begins the value of {name} is never closed", $"Write {quote} at the value's end.");
        }

        private int Closed(string name, string value, int first, int line, int quote) => IsRest(Lines[line].AsSpan(quote + 1))
            ? Take(name, value, line)
            : Stop(line, quote + 1, $"the value of {name}, which begins on line {first + 1}, ends before this",
                "After the closing quote only a comment may follow; "
                + (Lines[line][quote] == '"' ? "inside the value write \\\"." : "write a value that holds ' in double quotes."));

        private static bool IsRest(ReadOnlySpan<char> text) => text.TrimStart() is [] or ['#', ..];

        private int Take(string name, string value, int line)
        {
            Values[name] = value;
            return line;
        }

        // Where the value ends is not known, so neither is what follows.
        private int Stop(int line, int column, string message, string fix)
        {
            Wrong(line, column, message, fix);
            return Lines.Length;
        }

        private int Wrong(int line, int column, string message, string fix)
        {
            problems.Add(new DefinitionProblem(File, line + 1, column + 1, message, fix));
            return line;
        }
    }
}
