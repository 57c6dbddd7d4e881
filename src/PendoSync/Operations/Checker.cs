using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.Values;

namespace PendoSync.Operations;

/// <summary>Tries everything a run needs, without writing: secrets, Pendo's keys, warehouses, tables, columns, fields.</summary>
internal sealed class Checker(SyncEngine engine, bool showValues = true)
{
    private const int RowsTried = 20;
    private readonly List<CheckItem> _items = [];
    private readonly List<string> _failed = [];
    // A key that may not write is wrong, and yet says what Pendo has.
    private readonly HashSet<string> _readable = new(StringComparer.Ordinal);

    /// <summary>Tries it all; what fails is an item, never an exception.</summary>
    /// <param name="only">Only this sync and what it needs; null: everything.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<CheckReport> CheckAsync(string? only, CancellationToken ct)
    {
        var sole = only is null ? null : engine.Project.Sync(only);
        foreach (var connection in engine.Project.Pendo.Values.Where(c => sole is null || c.Name == sole.Pendo).OrderBy(c => c.Name,
            StringComparer.Ordinal))
        {
            foreach (var (app, secret) in connection.TrackEventSecrets.OrderBy(s => s.Key, StringComparer.Ordinal))
                await AddAsync($"track secret of {app} in pendo {connection.Name}", () => ResolveAsync(secret, ct));
            await AddAsync($"pendo {connection.Name}", () => VerifyAsync(connection, ct));
        }

        foreach (var warehouse in engine.Project.Warehouses.Values.Where(w => sole is null || w.Name == sole.Warehouse).OrderBy(w =>
            w.Name, StringComparer.Ordinal))
        {
            await AddAsync($"warehouse {warehouse.Name}", async () =>
            {
                foreach (var setting in warehouse.Settings.Values)
                    await ResolveAsync(setting, ct);
                await engine.WarehouseOf(warehouse.Name).CheckAsync(null, ct);
                return $"{warehouse.Type} answers";
            });
        }

        foreach (var sync in engine.Project.Syncs.Where(s => sole is null || s == sole))
        {
            // What keeps a connection from working is said once, there.
            var broken = _failed.FirstOrDefault(f => f == $"pendo {sync.Pendo}" || f == $"warehouse {sync.Warehouse}");
            if (broken is null)
                await AddAsync($"sync {sync.Name}", () => OpenAsync(sync, ct));
            else
                _items.Add(new CheckItem($"sync {sync.Name}", false, $"not tried, since {broken} does not work", null));
        }

        foreach (var broken in sole is null ? engine.Project.Broken : [])
            await AddAsync($"sync {broken.Name}", () => throw new ProblemException(broken.Problem));
        return new CheckReport(_items);
    }

    private async Task AddAsync(string name, Func<Task<string>> check)
    {
        try
        {
            _items.Add(new CheckItem(name, true, await check(), null));
        }
        catch (ProblemException e)
        {
            var problem = e.Problem;
            if (!_readable.Contains(name))
                _failed.Add(name);
            _items.Add(new CheckItem(name, false, problem.Place is null ? problem.Message : $"{problem.Place}: {problem.Message}",
                problem.Fix, problem.Kind));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _items.Add(new CheckItem(name, false, $"failed with {e.GetType().Name}", "Try again; if it stays, please report it.",
                ProblemKind.Internal));
        }
    }

    private async Task<string> ResolveAsync(SecretText text, CancellationToken ct)
    {
        foreach (var name in text.SecretNames)
            await engine.Secrets.ReadAsync(name, refresh: false, ct);
        return "the secret is there";
    }

    private async Task<string> VerifyAsync(PendoConnection connection, CancellationToken ct)
    {
        var client = engine.ClientOf(connection.Name);
        var (answer, valid, canWrite) = await client.Hasty.VerifyAsync(ct);
        if (!answer.IsSuccess)
            throw client.Problem(answer, "verify the integration key");
        var place = $"pendo connection '{connection.Name}'";
        if (!valid)
        {
            throw new ProblemException(ProblemKind.Configuration, "Pendo does not know the integration key", place,
                $"Check that {connection.IntegrationKey.Template} holds an integration key of region {connection.Region}.");
        }

        if (!canWrite)
        {
            _readable.Add($"pendo {connection.Name}");
            throw new ProblemException(ProblemKind.Configuration, "the integration key may only read", place,
                "Make a key with write access (Pendo: Settings > Integrations > Integration Keys).");
        }

        return "the integration key is valid and may write";
    }

    // A column of the wrong type makes every row invalid; a single bad row is a run's business.
    private async Task<string> TryRowsAsync(SyncDefinition sync, ModelRead read, CancellationToken ct)
    {
        var (tried, bad) = (0, new List<(Invalid Invalid, string Message)>());
        while (tried < RowsTried && await read.Reader.ReadAsync(ct))
        {
            tried++;
            if (read.Map(0).Invalid is { } invalid)
                bad.Add((invalid, Rules.Message(invalid, showValues ? Explainer.TextOf(read.Reader, invalid.Column) : null)));
        }

        if (bad.Count == 0)
            return "";
        var most = bad.GroupBy(b => b.Invalid).MaxBy(g => g.Count())!;
        var found = $"{most.Count()} of the first {tried} rows are invalid: {most.First().Message}";
        // A table of events may well begin with old ones.
        return most.Count() < tried || most.Key.Column is null || Rules.IsFinal(most.Key.Rule) ? $"; {found}"
            : throw new ProblemException(ProblemKind.Configuration, found,
            $"sync '{sync.Name}'", "Map a column of the field's type, or cast it in the model's SQL.");
    }

    // The name is not documented; what Pendo shows when it is read back is the best that can be known without writing.
    private static async Task<string> TryIdAsync(SyncContext context, CancellationToken ct)
    {
        if ((await context.Pendo.Hasty.ParentAccountsAsync(null, ct)).FirstOrDefault() is not { ValueKind: JsonValueKind.Object } shown)
            return $"; whether Pendo calls their id {context.IdName} shows when it has a parent account";
        var names = shown.EnumerateObject().Select(m => m.Name).ToList();
        if (names.Contains(context.IdName, StringComparer.Ordinal))
            return $"; Pendo calls their id {context.IdName}";
        var meant = names.FirstOrDefault(n => n.EndsWith("Id", StringComparison.Ordinal));
        throw new ProblemException(ProblemKind.Configuration,
            $"Pendo shows no {context.IdName} of parent accounts; it shows {string.Join(", ", names)}",
            $"pendo connection '{context.Sync.Pendo}'",
            meant is null ? "Set parent_account_id to what Pendo calls their id." : $"Write `parent_account_id: {meant}`.");
    }

    private async Task<string> OpenAsync(SyncDefinition sync, CancellationToken ct)
    {
        var context = engine.ContextOf(sync.Name);
        var seeds = (await engine.State.Checkpoints.ReadAsync(sync.Name, ct)).Seeds;
        await context.Warehouse.CheckAsync(sync.Model, ct);
        await using var read = await ModelRead.OpenAsync(context, null, seeds, engine.Options.Clock, dryRun: true, ct);
        var rows = await TryRowsAsync(sync, read, ct) + (sync.Object == PendoObject.ParentAccount ? await TryIdAsync(context, ct) : "");
        if (read.Fields is not { } fields)
            return $"the model can be read and the columns of the event are there ({read.Reader.FieldCount} columns){rows}";
        if (fields.Missing.Count == 0)
            return $"the model can be read and Pendo has all {fields.Fields.Count} fields{rows}";
        return sync.CreateFields
            ? $"the model can be read; the first run creates {string.Join(", ", fields.Missing.Select(f => f.Name))}"
            : throw new ProblemException(ModelRead.MissingFields(sync, fields));
    }
}
