using System.Globalization;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Loading;

/// <summary>Checks one value against its <see cref="KeySpec"/>; gives the typed value, or null after a problem.</summary>
internal sealed class ValueReader(FileProblems problems, IReadOnlyList<WarehouseType> types)
{
    // So many digits of any number come back from a double as they were written.
    private const int DoubleDigits = 15;

    private static readonly Place _nowhere = new(0, 0);

    public FileProblems Problems { get; } = problems;

    /// <summary>Reads a value.</summary>
    /// <param name="spec">What it must be.</param>
    /// <param name="node">The value.</param>
    /// <param name="key">Where its key stands.</param>
    public object? Read(KeySpec spec, YamlNode node, Place key) => spec.Kind switch
    {
        ValueKind.Fields => node,
        ValueKind.Group => Section(spec, node, key),
        ValueKind.Groups =>
            (node as YamlList)?.Items.Select(i => Section(spec, i, i.Place)).OfType<Section>().ToList() ?? Wrong(spec, node),
        ValueKind.Map => Map(spec, node),
        ValueKind.Warehouse => Warehouse(node, key),
        ValueKind.Texts or ValueKind.Words => List(spec, node),
        _ => node is YamlScalar scalar ? Scalar(spec, scalar) : Wrong(spec, node),
    };

    /// <summary>A default, read as if the user had written it.</summary>
    public object? Default(KeySpec spec, string text)
    {
        if (spec.Kind is ValueKind.Words)
            return text.Split(' ').Select(word => new Located(word, _nowhere)).ToList();
        var scalar = new YamlScalar(_nowhere, text, text, plain: true);
        return Read(spec, scalar, _nowhere);
    }

    /// <summary>What the key takes, in words.</summary>
    public static string Allowed(KeySpec spec) => spec.Kind switch
    {
        ValueKind.Word when spec.Values.Count > 0 =>
            $"one of {string.Join(", ", spec.Values)}{(spec.Form is { } form ? $", or {form.Words}" : "")}",
        ValueKind.Words => $"a list of {string.Join(", ", spec.Values)}",
        ValueKind.Flag => "true or false",
        ValueKind.Whole => "a whole number" + Range(spec),
        ValueKind.Number => "a number" + Range(spec),
        ValueKind.Duration => Durations.Form + Range(spec, "s"),
        ValueKind.DurationOrNever => $"never, or {Durations.Form}{Range(spec, "s")}",
        ValueKind.Lookback => $"{Durations.Form}; for a cursor of plain numbers a count of values, such as 1000",
        ValueKind.Zone => "an IANA time zone such as Europe/Berlin",
        ValueKind.Cron => "second minute hour day month weekday, such as '0 */15 * * * *', or none",
        ValueKind.Url => "an http or https address",
        ValueKind.Secret => "${secret:name}",
        ValueKind.Address => "${secret:name}, or an http or https address",
        ValueKind.Constant => "text, a number, true or false",
        ValueKind.Column => "a column's name",
        ValueKind.Texts => "a list of texts",
        ValueKind.Groups => "a list of keys and values",
        ValueKind.Map or ValueKind.Warehouse or ValueKind.Fields => "keys and values",
        ValueKind.Group => spec.ShortFor is null
            ? $"keys and values: {Names(spec)}"
            : $"{Allowed(Short(spec))}; or keys and values: {Names(spec)}",
        _ => spec.Form?.Words ?? "text",
    };

    private object? Scalar(KeySpec spec, YamlScalar scalar)
    {
        if (scalar.Unresolved)
            return null;
        if (spec.Kind is ValueKind.Secret or ValueKind.Setting or ValueKind.Address)
            return SecretRules.Read(spec, scalar, Problems);
        if (spec.Kind is ValueKind.Constant or ValueKind.Whole or ValueKind.Number or ValueKind.Lookback
            && scalar.Plain && !(spec.Kind is ValueKind.Constant && scalar.IsVariable) && CoreSchema.Doubt(scalar.Text) is { } doubt)
        {
            Problems.Add(scalar.Place, $"{Shown(scalar)} is {doubt}", spec.Kind is ValueKind.Constant
                ? $"For text write '{Shown(scalar)}' in quotes; else a number in decimal digits, or true or false."
                : "Write a number in decimal digits.");
            return null;
        }

        if (spec.Kind is ValueKind.Constant)
            return Constant(spec, scalar);
        if (scalar.Value is null)
            return Wrong(spec, scalar);
        if (spec.Kind is not ValueKind.Sql && scalar.Text.Contains("${", StringComparison.Ordinal))
        {
            Problems.Add(scalar.Place, $"'{spec.Name}' cannot hold a secret or another reference than ${{env:NAME}}",
                $"Write {Allowed(spec)}.");
            return null;
        }

        return spec.Kind switch
        {
            ValueKind.Flag => scalar.Value is bool flag ? flag : Wrong(spec, scalar, OtherWord(scalar)),
            ValueKind.Whole => scalar.Value is long whole && whole >= spec.Min && whole <= spec.Max
                ? whole : Wrong(spec, scalar, InQuotes(scalar)),
            ValueKind.Number => Number(spec, scalar),
            ValueKind.Column => scalar.Value is string { Length: > 0 } column ? column : NotAColumn(spec, scalar),
            ValueKind.Word => Word(spec, scalar),
            ValueKind.Duration or ValueKind.DurationOrNever => Duration(spec, scalar),
            ValueKind.Lookback => scalar.Value is long and >= 0 and var count ? new Lookback(TimeSpan.Zero, count)
                : Duration(spec, scalar) is TimeSpan time ? new Lookback(time) : null,
            ValueKind.Zone => Zone(spec, scalar),
            ValueKind.Cron => Cron(scalar),
            ValueKind.Url => SecretRules.PlainAddress(scalar.Text) is { } url
                ? url
                : Wrong(spec, scalar, "Without login, query and spaces, such as https://app.pendo.io."),
            _ => Text(spec, scalar),
        };
    }

    private object? Text(KeySpec spec, YamlScalar scalar)
    {
        if (scalar.Text.Trim().Length == 0)
            return Wrong(spec, scalar);
        return spec.Form is null || NameRules.Fits(spec.Form, scalar.Text) ? scalar.Text : Wrong(spec, scalar);
    }

    private object? Number(KeySpec spec, YamlScalar scalar)
    {
        var number = scalar.Value is long or decimal or double ? Convert.ToDouble(scalar.Value, CultureInfo.InvariantCulture) : double.NaN;
        return number >= spec.Min && number <= spec.Max ? number : Wrong(spec, scalar, InQuotes(scalar));
    }

    private static string? OtherWord(YamlScalar scalar) => scalar.Text.ToLowerInvariant() switch
    {
        "yes" or "on" or "y" => "Write true.",
        "no" or "off" or "n" => "Write false.",
        _ => null,
    };

    private static string? InQuotes(YamlScalar scalar) =>
        !scalar.Plain && double.TryParse(scalar.Text, CultureInfo.InvariantCulture, out _) ? "Write it without quotes." : null;

    private object? Word(KeySpec spec, YamlScalar scalar)
    {
        if (spec.Values.Contains(scalar.Text, StringComparer.Ordinal) || (spec.Form is { } form && NameRules.Fits(form, scalar.Text)))
            return scalar.Text;
        return Wrong(spec, scalar, Nearest.Fix(scalar.Raw, spec.Values));
    }

    private object? Duration(KeySpec spec, YamlScalar scalar)
    {
        if (spec.Kind is ValueKind.DurationOrNever && scalar.Text == "never")
            return Timeout.InfiniteTimeSpan;
        if (Durations.TryParse(scalar.Text, out var duration) && duration.TotalSeconds >= spec.Min)
            return duration;
        return Wrong(spec, scalar, scalar.Value is long ? "Add the unit: s, m, h, d or w." : null);
    }

    private object? Zone(KeySpec spec, YamlScalar scalar)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(scalar.Text, out var zone))
            return zone;
        return Wrong(spec, scalar, Nearest.Fix(scalar.Raw, TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id)));
    }

    private object? Cron(YamlScalar scalar)
    {
        if (scalar.Text == "none")
            return "";
        if (CronLine.Parse(scalar.Text, out var wrong) is { } line)
            return line;
        Problems.Add(scalar.Place, $"'{Shown(scalar)}' is not a cron line: {wrong}",
            "Write second minute hour day month weekday, such as '0 */15 * * * *', or use 'every: 15m'.");
        return null;
    }

    private object? Constant(KeySpec spec, YamlScalar scalar)
    {
        if (scalar.Text.Contains("${", StringComparison.Ordinal))
        {
            Problems.Add(scalar.Place, "a constant cannot hold a secret: it is sent to Pendo in clear",
                "Write the value itself, or ${env:NAME}.");
            return null;
        }

        var letters = CoreSchema.Letters(scalar.Value);
        // Nobody can put quotes around what a variable holds: what would lose letters is text.
        if (scalar.IsVariable && scalar.Text.Length > 0)
            return letters == scalar.Text ? scalar.Value : scalar.Text;
        return scalar.Value switch
        {
            null or double.NaN or double.PositiveInfinity or double.NegativeInfinity =>
                Wrong(spec, scalar, scalar.Raw.Length == 0 ? null : $"For text write '{Shown(scalar)}' in quotes."),
            double when DigitsOf(scalar.Text) > DoubleDigits =>
                Wrong(spec, scalar, "It has more digits than a number can hold here; write fewer, or in quotes, as text."),
            var value when !string.Equals(letters, scalar.Text,
                value is double ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal) =>
                Wrong(spec, scalar, $"YAML makes {letters} of it: write that, or '{Shown(scalar)}' in quotes, as text."),
            var value => value,
        };
    }

    private static int DigitsOf(string number) =>
        number.Split('e', 'E')[0].Where(char.IsAsciiDigit).SkipWhile(digit => digit == '0').Count();

    private object? NotAColumn(KeySpec spec, YamlScalar scalar) =>
        Wrong(spec, scalar, scalar.Plain
            ? $"For a column of that name write it in quotes; for a fixed value write {{ constant: {Shown(scalar)} }}."
            : null);

    private object? List(KeySpec spec, YamlNode node)
    {
        var one = new KeySpec(spec.Name, spec.Kind is ValueKind.Words ? ValueKind.Word : ValueKind.Text, spec.Help)
        {
            Values = spec.Values,
            Form = spec.Form,
        };
        var items = node is YamlList list ? list.Items : [node];
        var found = new List<Located>();
        foreach (var item in items)
        {
            if (item is not YamlScalar scalar)
                Wrong(spec, item);
            else if (Scalar(one, scalar) is string text && found.All(f => f.Text != text))
                found.Add(new Located(text, scalar.Place));
        }

        return found;
    }

    private Section? Section(KeySpec spec, YamlNode node, Place key)
    {
        if (node is YamlMap map)
            return new Section(map, key, spec.Keys, this);
        if (spec.ShortFor is not null && node is YamlScalar { Value: not null } scalar)
            return new Section(scalar, Short(spec), spec.Keys, this);
        Wrong(spec, node);
        return null;
    }

    private List<Named>? Map(KeySpec spec, YamlNode node)
    {
        if (node is not YamlMap map)
        {
            Wrong(spec, node);
            return null;
        }

        var found = new List<Named>();
        foreach (var (name, value) in map.Entries)
        {
            var before = Problems.Own.Count;
            if (spec.Form is { } form && !NameRules.Fits(form, name.Raw))
                Problems.Add(name.Place, $"'{name.Raw}' cannot be a name here", $"Use {form.Words}.");
            found.Add(new Named(name.Raw, name.Place, Read(spec.Item!, value, name.Place)) { Faults = Problems.Since(before) });
        }

        return found;
    }

    private object? Warehouse(YamlNode node, Place key)
    {
        var typeKey = ProjectKeys.TypeKey(types);
        if (node is not YamlMap map)
            return Wrong(new KeySpec("warehouse", ValueKind.Warehouse, ""), node);
        var written = map.Entries.FirstOrDefault(e => e.Key.Raw == typeKey.Name);
        if (written is null)
        {
            Problems.Add(key, "the key 'type' is missing", $"Add 'type:' ({Allowed(typeKey)}).");
            return null;
        }

        // The other keys mean nothing until the type is known.
        return Read(typeKey, written.Value, written.Key.Place) is string name
            ? new Section(map, key, ProjectKeys.Of(types.First(t => t.Name == name), types), this)
            : null;
    }

    private object? Wrong(KeySpec spec, YamlNode node, string? fix = null)
    {
        // Keys and values and addresses are where people put secrets in clear text, as a whole or in a login: what stands there is not
        // repeated (promise 11).
        var mayBeSecret = spec.Kind is ValueKind.Group or ValueKind.Groups or ValueKind.Map or ValueKind.Warehouse or ValueKind.Url;
        var found = !mayBeSecret && node is YamlScalar { Value: not null } scalar ? $"'{Shown(scalar)}'" : node.Kind;
        Problems.Add(node.Place, $"'{spec.Name}' takes {Allowed(spec)}; found {found}", fix);
        return null;
    }

    /// <summary>The value as written and not too long; a value from a variable shows as the reference.</summary>
    private static string Shown(YamlScalar scalar) => ShownText.Line(scalar.Raw, 60);

    private static KeySpec Short(KeySpec spec) => spec.Keys.First(k => k.Name == spec.ShortFor);

    private static string Names(KeySpec spec) => string.Join(", ", spec.Keys.Select(k => k.Name));

    private static string Range(KeySpec spec, string unit = "") => (spec.Min, spec.Max) switch
    {
        (double.MinValue, double.MaxValue) => "",
        (_, double.MaxValue or int.MaxValue) => string.Create(CultureInfo.InvariantCulture, $", at least {spec.Min}{unit}"),
        _ => string.Create(CultureInfo.InvariantCulture, $" from {spec.Min} to {spec.Max}"),
    };
}
