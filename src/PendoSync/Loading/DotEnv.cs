namespace PendoSync.Loading;

/// <summary>Reads a .env file: KEY=VALUE lines, # comments, optional quotes, optional "export".</summary>
public static class DotEnv
{
    /// <summary>The lines of the file in <paramref name="directory"/>; empty when there is none.</summary>
    public static IReadOnlyDictionary<string, string> Read(string directory)
    {
        var path = Path.Combine(directory, ".env");
        return File.Exists(path) ? Parse(File.ReadAllText(path)) : new Dictionary<string, string>(StringComparer.Ordinal);
    }

    /// <summary>The values by name; the last line of a name counts, lines of another form are passed over.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim().TrimStart('\uFEFF');
            if (line.StartsWith("export ", StringComparison.Ordinal))
                line = line["export ".Length..].TrimStart();
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line.StartsWith('#') || equals <= 0)
                continue;
            values[line[..equals].TrimEnd()] = Value(line[(equals + 1)..].Trim());
        }

        return values;
    }

    private static string Value(string text)
    {
        if (text.Length > 0 && text[0] is '"' or '\'')
        {
            var end = text.LastIndexOf(text[0]);
            if (end > 0)
            {
                var inner = text[1..end];
                // Escapes as other .env readers know them; a private key is often one line with \n.
                return text[0] == '"'
                    ? inner.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal)
                    : inner;
            }
        }

        var comment = text.IndexOf(" #", StringComparison.Ordinal);
        return comment >= 0 ? text[..comment].TrimEnd() : text;
    }
}
