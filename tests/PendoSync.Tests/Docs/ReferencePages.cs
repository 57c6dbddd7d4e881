using System.CommandLine;
using System.CommandLine.Help;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using PendoSync.Cli;
using PendoSync.Cli.Commands;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.Engine;
using PendoSync.Loading;
using PendoSync.Operations;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Tests.Docs;

/// <summary>The pages of docs/reference that are written from the code: PENDOSYNC_WRITE_DOCS=1 and DocsTests write them anew.</summary>
internal static class ReferencePages
{
    /// <summary>Every page by its name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<string>> All = new Dictionary<string, Func<string>>(StringComparer.Ordinal)
    {
        ["keys.md"] = KeysPage.Write,
        ["cli.md"] = Commands,
        ["http-api.md"] = Api,
        ["metrics.md"] = Metrics,
        ["limits.md"] = Limits,
    };

    private static string Commands()
    {
        var root = PendoSyncCommand.Create(new CommonOptions(new Terminal(TextWriter.Null, TextWriter.Null), CancellationToken.None));
        var page = new StringBuilder("""
            # The command line

            Written from the commands themselves. Results go to stdout, progress and problems to stderr; with `--json` stdout holds exactly
            one JSON value, also on failure. On a terminal tables are as wide as it is; in a pipe every cell is whole.

            ## Exit codes

            | code | meaning |
            | --- | --- |
            | 0 | done; also with refused records, as long as the sync is not failing |
            | 1 | a run failed, was stopped or cancelled, or runs already; a sync is [failing](health.md) (with `--strict`: or degraded) |
            | 2 | a definition, an argument, a secret or a grant is wrong; somebody has to change it |
            | 3 | a host or the state cannot be reached |

            Of several syncs the worst counts.

            ## Options of every verb


            """);
        Options(page, root.Options);
        foreach (var verb in root.Subcommands.Where(v => !v.Hidden))
        {
            page.Append($"\n## {verb.Name}\n\n{verb.Description}.\n\n```text\npendosync {verb.Name}");
            foreach (var argument in verb.Arguments)
                page.Append(argument.Arity.MaximumNumberOfValues > 1 ? $" [{argument.Name}…]"
                    : argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}");
            page.Append(verb.Options.Any() ? " [options]\n```\n" : "\n```\n");
            if (verb.Arguments.Count + verb.Options.Count == 0)
                continue;
            page.Append("\n| argument | meaning |\n| --- | --- |\n");
            foreach (var argument in verb.Arguments)
                page.Append($"| `{argument.Name}` | {Cell(argument.Description)} |\n");
            foreach (var option in verb.Options)
                page.Append($"| {Name(option)} | {Cell(option.Description)} |\n");
        }

        return page.Append("""

            ## Completion of a shell

            ```bash
            pendosync completion bash > ~/.local/share/bash-completion/completions/pendosync
            pendosync completion zsh > "${fpath[1]}/_pendosync"
            pendosync completion fish > ~/.config/fish/completions/pendosync.fish
            pendosync completion pwsh >> $PROFILE
            ```

            ## Asking

            `reset` asks before it forgets what Pendo accepted. `--yes` answers; without a terminal nobody is asked and it goes ahead.

            """).ToString();
    }

    private static void Options(StringBuilder page, IEnumerable<Option> options)
    {
        page.Append("| option | meaning |\n| --- | --- |\n");
        foreach (var option in options)
            page.Append($"| {Name(option)} | {Cell(option.Description)} |\n");
    }

    private static string Name(Option option)
    {
        var names = option is HelpOption ? ["-h", "--help"] : option.Aliases.Append(option.Name);
        return string.Join(", ", names.Select(n => $"`{n}{(option.HelpName is { } value ? " " + value : "")}`"));
    }

    private static string Api()
    {
        var page = new StringBuilder("""
            # The HTTP API

            Written from the table of operations that the app and `pendosync serve` answer by. `GET /api/openapi.json` describes the same
            for programs, with every member (OpenAPI 3.1). What the answers mean: [Operating](../../src/PendoSync.Web/README.md#the-api).

            The key goes in the header `x-functions-key`; operations marked *anonymous* need none. Every operation may also answer 401 or
            403 (key), 421 (a foreign host name where there is no key), 500, and 503 (the state cannot be reached). Failures are problems
            (RFC 9457).

            | operation | does | parameters | answers |
            | --- | --- | --- | --- |

            """);
        foreach (var route in ApiRoutes.Of(null!, null!).Where(r => !r.IsPage))
        {
            var anonymous = route.Access == RouteAccess.Anonymous ? " *Anonymous.*" : "";
            var query = string.Join("; ", route.Query.Select(p => $"`{p.Name}`: {p.Description.TrimEnd('.')}"));
            var body = route.Body is { } type ? $"body: {string.Join(", ", Members(type).Select(m => $"`{m}`"))}" : "";
            var answers = string.Join("; ", route.Answers.Select(a => $"{a.Status}: {a.Description.TrimEnd('.')}"));
            page.Append($"| `{route.Method} /api/{route.Path}` | {Cell(route.Summary)}{anonymous} ")
                .Append($"| {Cell(string.Join("; ", new[] { body, query }.Where(t => t.Length > 0)))} | {Cell(answers)} |\n");
        }

        return page.ToString();
    }

    private static IEnumerable<string> Members(Type body) =>
        body.GetProperties().Where(p => p.Name != "EqualityContract")
            .Select(p => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));

    private static string Metrics()
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["pendosync.records"] = "`sync`, `outcome`: `accepted`, `unchanged`, `invalid`, `waiting`, `not_found`, `rejected`, `unknown`, "
                + "`given_up`, `cancelled`",
            ["pendosync.runs"] = "`sync`, `state`",
            ["pendosync.health"] = "`sync`",
            ["pendosync.drift"] = "`sync`",
            ["pendosync.calls"] = "`sync`, `http.response.status_code`",
            ["pendosync.throttled"] = "`sync`",
            ["pendosync.seconds_since_success"] = "`sync`; a sync that never succeeded has none",
            ["pendosync.lag"] = "`sync`; only where the cursor is an instant",
            ["pendosync.api.wrong_keys"] = "",
        };
        var page = new StringBuilder("""
            # Metrics

            Written from the instruments themselves; meter and activity source are both named `PendoSync`. `pendosync serve` sends them over
            OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set, the app to Azure Monitor. No tag holds a key, a value or a secret.

            | metric | kind | unit | meaning | tags |
            | --- | --- | --- | --- | --- |

            """);
        var found = new SortedDictionary<string, Instrument>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Telemetry.Name)
                    found[instrument.Name] = instrument;
            },
        };
        listener.Start();
        foreach (var type in new[] { typeof(Telemetry), typeof(RunTelemetry), typeof(SyncGauges) })
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        foreach (var (name, instrument) in found)
            page.Append($"| `{name}` | {Kind(instrument)} | {instrument.Unit} | {instrument.Description} | {tags[name]} |\n");
        return page.ToString();
    }

    private static string Kind(Instrument instrument) => instrument.IsObservable ? "gauge" : "counter";

    private static string Limits()
    {
        var page = new StringBuilder("""
            # Limits

            Written from the code. Where a key says otherwise, its default stands here; [Keys](keys.md) has the bounds of each.

            | what | most | after that |
            | --- | --- | --- |

            """);
        Row("A record (the JSON of its fields)", Bytes(RowMapper.MaxRecordBytes), "the row is invalid: `too_large`");
        Row("Records of a call to Pendo (`batch_size`)", Default("batch_size"), "the next call");
        Row("Payload of a call to Pendo (`batch_bytes`)", Default("batch_bytes") + " bytes", "the next call");
        Row("JSON of an event's properties (`max_properties_bytes`)", Default("max_properties_bytes") + " bytes", "the row is invalid");
        Row("Age of an event", $"{EventDefinition.MaxAge.TotalDays} days, less {EventMapper.AgeMargin.TotalHours} h",
            "the row is invalid: `too_old`; Pendo would answer 200 and drop it");
        Row("Answer to one call with values", $"{PendoClient.BulkTimeout.TotalSeconds} s",
            "the call is in doubt, its records are sent once more");
        Row("Answer to any other call", $"{PendoClient.CallTimeout.TotalSeconds} s", "it is tried again");
        Row("Extra calls of a run that look for the record Pendo refuses", Number(ValueDelivery.MaxExtraCalls),
            "the rest goes out with the next run");
        Row("Calls a second to one Pendo connection (`max_calls_per_second`)", "20", "they wait");
        Row("Refused records of a sync that are listed one by one", Number(RejectionTable.MaxKept),
            "the count stays true, the oldest leave the list");
        Row("Runs that are listed", "30 days", "they are forgotten; what Pendo accepted is not");
        Row("Items of a list of the API", Number(SyncService.MaxPage), "`next`");
        Row("Body of a request to the API", Bytes(ApiRequest.MaxBody), "413");
        Row("Runs at once of `pendosync serve`", $"{LocalService.MostRuns}", "they wait");
        Row("Planning at a stretch, in Azure", "25 minutes", "the run ends `partial`, the next goes on");
        Row("Sync names", "63 letters, digits and dashes", "`validate` refuses them");
        return page.Append("""

            A sync holds 16 bytes of memory and of state for each record that Pendo accepted, and for each event id that is remembered.
            Pendo's own limits, and how sure they are, stand in [What is known of Pendo](../pendo.md).

            """).ToString();

        void Row(string what, string most, string then) => page.Append($"| {what} | {most} | {then} |\n");
    }

    private static string Default(string key) =>
        Number(int.Parse(SyncKeys.Root.Keys.First(k => k.Name == key).Default!, CultureInfo.InvariantCulture));

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(int bytes) => $"{bytes / 1024} KB";

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}
