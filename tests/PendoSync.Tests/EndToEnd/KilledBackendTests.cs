using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Warehouses.Postgres;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Runs whose backend of a real PostgreSQL is killed at moments of all kinds.</summary>
[Collection(PostgresCollection.Name)]
public sealed class KilledBackendTests(PostgresFixture postgres)
{
    private const int Rows = 6_000;

    // A run that waits for nobody is over in moments; the limit lies below everything that it may wait for by mistake.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [PostgresFact]
    public async Task Run_whose_backend_is_killed_neither_stalls_nor_loses_a_row()
    {
        await postgres.ExecuteAsync("drop table if exists killed; create table killed (id text primary key, plan text, at timestamptz); " +
            $"insert into killed select 'v-' || n, 'none', now() from generate_series(1, {Rows}) n");
        await using var here = await Installation.StartAsync("visitor:plan:string");
        here.Warehouse = $"{{ type: postgres, host: {postgres.Host}, port: {postgres.Port}, database: {postgres.Database}, " +
            $"user: {postgres.User}, password: \"${{secret:warehouse}}\" }}";
        here.Secrets["warehouse"] = postgres.Password;
        here.Sync("people", """
            model: { sql: "select id, plan, at, repeat('x', 400) as pad from killed", cursor: at }
            object: visitor
            behavior: update_or_create
            key: id
            batch_size: 100
            fields: { plan: plan }
            """);
        var random = new Random(110);
        var killed = 0;
        for (var round = 1; round <= (Full.Wanted ? 120 : 6); round++)
        {
            await postgres.ExecuteAsync($"update killed set plan = 'plan {round}', at = clock_timestamp()");
            using var over = new CancellationTokenSource();
            var killing = KillAsync(TimeSpan.FromMilliseconds(random.Next(round % 2 == 0 ? 60 : 600)), over.Token);
            var run = await here.RunAsync("people").WaitAsync(_patience);
            await over.CancelAsync();
            killed += await killing;
            Assert.True(run.State == RunState.Completed, $"round {round}: {run.State}, {run.Error}");
            var held = await here.Simulator.Control.RecordsAsync("visitor").CountAsync(v =>
                v.TryGetProperty("custom", out var custom) && custom.GetProperty("plan").GetString() == $"plan {round}");
            Assert.Equal(Rows, held);
        }

        Assert.True(killed > 0, "no backend was met");
    }

    // Once a run, as soon as it has a backend at work.
    private async Task<int> KillAsync(TimeSpan wait, CancellationToken over)
    {
        try
        {
            await Task.Delay(wait, over);
            while (!over.IsCancellationRequested)
            {
                await using var connection = new Npgsql.NpgsqlConnection(postgres.ConnectionString);
                await connection.OpenAsync(CancellationToken.None);
                await using var command = new Npgsql.NpgsqlCommand("select count(*) from (select pg_terminate_backend(pid) from " +
                    "pg_stat_activity where pid <> pg_backend_pid() and application_name = 'pendosync' and state <> 'idle') k", connection);
                if ((long)(await command.ExecuteScalarAsync(CancellationToken.None))! is > 0 and var met)
                    return (int)met;
                await Task.Delay(2, over);
            }
        }
        catch (OperationCanceledException)
        {
            // The run was over first.
        }

        return 0;
    }
}
