using System.Globalization;
using System.Text;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Rest;

/// <summary>Small things every REST system needs.</summary>
internal static class RestSupport
{
    private const int LongestMessage = 300;

    /// <summary>A setting, with its secrets read afresh if asked.</summary>
    public static async ValueTask<string?> GetAsync(this WarehouseContext context, string name, bool refresh, CancellationToken ct) =>
        context.Connection.Settings.TryGetValue(name, out var text)
            ? await text.ResolveAsync(context.Secrets, refresh, ct)
            : await context.GetAsync(name, ct);

    /// <summary>A secret that goes into a header, read afresh if asked; null when the setting is missing.</summary>
    public static async ValueTask<string?> GetForHeaderAsync(this WarehouseContext context, string name, bool refresh,
        CancellationToken ct) =>
        context.Connection.Settings.TryGetValue(name, out var text) ? await text.ResolveForHeaderAsync(context.Secrets, refresh, ct) : null;

    /// <summary>The base address: the setting <c>endpoint</c>, else what <paramref name="vendor"/> says; without trailing slash.</summary>
    public static async ValueTask<string> EndpointAsync(this WarehouseContext context, Func<ValueTask<string>> vendor, CancellationToken ct)
    {
        var url = (await context.GetAsync("endpoint", ct) ?? await vendor()).TrimEnd('/');
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? url
            : throw new ProblemException(ProblemKind.Configuration, "the endpoint is not an http(s) address",
                $"warehouse '{context.Connection.Name}'", "Write it like https://host.example.com.");
    }

    /// <summary>The setting of every system that is called over HTTP.</summary>
    public static SettingSpec AllowHttp { get; } = new("allow_http", SettingKind.Flag,
        "true: the login may travel over http to a host that is not this machine, readable by whoever is between.", Default: "false");

    /// <summary>True when the connection allows it.</summary>
    public static bool AllowsHttp(this WarehouseContext context) => AllowsHttp(context.Connection.Settings);

    /// <summary>The broken rule of an address to which the login would travel readably; if it holds a secret, the call tells.</summary>
    public static IEnumerable<string> Readable(IReadOnlyDictionary<string, SecretText> settings, string name) =>
        settings.TryGetValue(name, out var text) && Uri.TryCreate(text.Template, UriKind.Absolute, out var url)
            && Outbound.IsReadable(url) && !AllowsHttp(settings)
            ? [$"the login would travel to '{name}' over http, where others can read it: write https://, or `allow_http: true` if the way "
                + "there is safe"]
            : [];

    /// <summary>Refuses a call that carries the login readably to another machine.</summary>
    /// <exception cref="ProblemException">Configuration.</exception>
    public static void RefuseReadable(Uri address, bool allowed, string place)
    {
        if (!allowed && Outbound.IsReadable(address))
        {
            throw new ProblemException(ProblemKind.Configuration, "the login would travel over http, where others can read it", place,
                "Write https://, or `allow_http: true` in the warehouse if the way there is safe.");
        }
    }

    private static bool AllowsHttp(IReadOnlyDictionary<string, SecretText> settings) =>
        settings.TryGetValue("allow_http", out var allowed) && allowed.Template == "true";

    /// <summary>A JSON body.</summary>
    public static ByteArrayContent Json(object body)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
        content.Headers.ContentType = new("application/json");
        return content;
    }

    /// <summary>The pause before poll <paramref name="number"/> (from 0): 100 ms, growing by half to 5 s.</summary>
    public static TimeSpan PollPause(int number) => TimeSpan.FromMilliseconds(Math.Min(5000, 100 * Math.Pow(1.5, Math.Min(number, 20))));

    /// <summary>
    /// A vendor's message as one short line. Only for messages about names and SQL: those about values ("'jane@…' is not a number") must
    /// not be shown (promise 11).
    /// </summary>
    public static string OneLine(string? message)
    {
        var line = new StringBuilder();
        foreach (var c in message ?? "")
        {
            if (!char.IsControl(c) && (c != ' ' || line is { Length: > 0 } && line[^1] != ' '))
                line.Append(c);
            else if (c is '\n' && line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }

        var text = line.ToString().TrimEnd(' ', '.');
        return ShownText.Cut(text, LongestMessage);
    }

    /// <summary>A parameter's value as text; times in ISO 8601 with seven digits, instants with Z.</summary>
    public static string ParameterText(object value) => value switch
    {
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture),
        DateTimeOffset instant => instant.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };
}
