using System.CommandLine;
using System.Globalization;

namespace PendoSync.Cli.Commands;

/// <summary>Options that are whole numbers, and say so when they are not.</summary>
internal static class Numbers
{
    /// <summary>An option with a range and a default.</summary>
    public static Option<int> Option(string name, string description, int least, int most, int normal)
    {
        var option = new Option<int>(name)
        {
            Description = $"{description}, {least} to {most}",
            HelpName = "N",
            DefaultValueFactory = _ => normal,
            CustomParser = result => Parse(result.Tokens[0].Value, name, least, most, result.AddError) ?? normal,
        };
        return option;
    }

    /// <summary>An option that may be left out.</summary>
    public static Option<int?> Option(string name, string description, int least) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse(result.Tokens[0].Value, name, least, int.MaxValue, result.AddError),
    };

    private static int? Parse(string text, string name, int least, int most, Action<string> error)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
            && number <= most)
            return number;
        error($"{name} wants a whole number {(most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}")}, not '{text}'.");
        return null;
    }
}
