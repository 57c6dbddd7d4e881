using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using PendoSimulator.Control;

namespace PendoSimulator;

/// <summary>The command line of the simulator, shared by its own program and by <c>pendosync simulate</c>.</summary>
public static class SimulatorArguments
{
    public const string Usage = """
        Usage: PendoSimulator [--port N] [--key KEY] [--read-only-key KEY] [--track APP=SECRET]
                              [--field KIND:[GROUP:]NAME:TYPE] [--set OPTION=VALUE]
          --port           loopback port; a free one if left out or 0
          --key            integration key with write access (default demo-key); may be repeated
          --read-only-key  integration key without write access; may be repeated
          --track          track event secret of an application (default web-app=demo-secret); may be repeated
          --field          a field that exists from the start, for instance visitor:plan:string; the group is custom if left out
          --set            a switch of the README's table, for instance unknownField=auto_create_text
        """;

    /// <exception cref="FormatException">An argument is not understood; the message names it.</exception>
    public static SimulatorOptions Parse(IReadOnlyList<string> arguments)
    {
        var (keys, secrets) = (new Dictionary<string, bool>(), new Dictionary<string, string>());
        var (fields, changes) = (new List<FieldDefinition>(), new JsonObject());
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            if (i + 1 == arguments.Count || arguments[i + 1].Length == 0)
                throw new FormatException($"{name} needs a value.");
            var value = arguments[i + 1];
            switch (name)
            {
                case "--port": changes["port"] = Port(value); break;
                case "--key": keys[value] = true; break;
                case "--read-only-key": keys[value] = false; break;
                case "--track": Pair(name, value, (app, secret) => secrets[app] = secret); break;
                case "--field": fields.Add(Field(value)); break;
                case "--set": Pair(name, value, (option, setting) => changes[option] = Setting(option, setting)); break;
                default: throw new FormatException($"{name} is not an option of the simulator.");
            }
        }
        var options = new SimulatorOptions { Fields = fields };
        if (keys.Count > 0)
            options = options with { IntegrationKeys = keys };
        if (secrets.Count > 0)
            options = options with { TrackSecrets = secrets };
        try
        {
            return ControlJson.With(options, changes);
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"--set is not understood: {wrong.Message}", wrong);
        }
    }

    private static int Port(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new FormatException($"--port must be a number from 0 to 65535, not {value}.");

    private static void Pair(string name, string value, Action<string, string> use)
    {
        var at = value.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0 || at == value.Length - 1)
            throw new FormatException($"{name} must have the form NAME=VALUE.");
        use(value[..at], value[(at + 1)..]);
    }

    private static FieldDefinition Field(string value) => value.Split(':') switch
    {
        [not ("visitor" or "account" or "parentAccount"), _, _, ..] =>
            throw new FormatException($"--field {value}: KIND is visitor, account or parentAccount."),
        [var kind, var name, var type] => new(kind, "custom", name, type),
        [var kind, var group, var name, var type] => new(kind, group, name, type),
        _ => throw new FormatException($"--field must have the form KIND:NAME:TYPE or KIND:GROUP:NAME:TYPE, not {value}."),
    };

    /// <summary>Numbers, true, false and lists are taken as JSON; everything else, and all of an option that is a text, as text.</summary>
    private static JsonNode? Setting(string option, string value)
    {
        try
        {
            var node = JsonNode.Parse(value);
            return IsText(option) && node?.GetValueKind() != JsonValueKind.String ? JsonValue.Create(value) : node;
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }

    private static bool IsText(string option) =>
        typeof(SimulatorOptions)
            .GetProperty(option, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)?.PropertyType == typeof(string);
}
