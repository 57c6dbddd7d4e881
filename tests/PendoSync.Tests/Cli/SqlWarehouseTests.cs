using PendoSync.Tests.Warehouses.Postgres;

namespace PendoSync.Tests.Cli;

/// <summary>The command line on a project of each SQL system: PostgreSQL for real, and Redshift's dialect on it.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SqlWarehouseTests(PostgresFixture postgres)
{
    [PostgresTheory]
    [InlineData("postgres")]
    [InlineData("redshift")]
    public async Task Check_and_plan_work(string type)
    {
        await using var world = await PeopleAsync(type);
        world.Connect(Settings(), postgres.Password);
        await world.AssertCheckedAndPlannedAsync();
    }

    [PostgresTheory]
    [InlineData("postgres", "password", "", 2, "login is refused")]
    [InlineData("redshift", "password", "", 2, "login is refused")]
    [InlineData("postgres", "host", "no-such-host.invalid", 3, "is not known")]
    [InlineData("redshift", "host", "no-such-host.invalid", 3, "is not known")]
    [InlineData("postgres", "port", "1", 3, "refuses the connection")]
    [InlineData("redshift", "port", "1", 3, "refuses the connection")]
    [InlineData("postgres", "database", "nowhere", 2, "does not exist")]
    [InlineData("redshift", "database", "nowhere", 2, "does not exist")]
    public async Task Wrong_setting_is_one_line_with_its_fix_and_without_the_secret(string type, string setting, string value,
        int code, string says)
    {
        await using var world = await PeopleAsync(type);
        var secret = setting == "password" ? WarehouseWorld.WrongSecret : postgres.Password;
        world.Connect(Settings().Select(s => s.Name == setting && value.Length > 0 ? (s.Name, value) : s), secret);
        await world.AssertCheckRefusedAsync(code, says, secret);
        if (setting == "password")
            await world.AssertPlanRefusedAsync(code, says, secret);
    }

    [PostgresTheory]
    [InlineData("postgres")]
    [InlineData("redshift")]
    public async Task Missing_table_is_one_line_with_its_fix(string type)
    {
        await using var world = await PeopleAsync(type);
        world.Connect(Settings(), postgres.Password);
        world.ReadFrom("nowhere");
        await world.AssertCheckRefusedAsync(2, "nowhere", postgres.Password);
    }

    private IEnumerable<(string Name, string Value)> Settings() =>
    [
        ("host", postgres.Host), ("port", $"{postgres.Port}"), ("database", postgres.Database), ("user", postgres.User),
            ("password", "${secret:warehouse}"),
    ];

    private async Task<WarehouseWorld> PeopleAsync(string type)
    {
        await postgres.ExecuteAsync(
            "drop table if exists people; create table people (id bigint, name text, amount numeric(20, 2), updated_at "
            + "timestamptz, active boolean)");
        foreach (var row in WarehouseWorld.Rows)
        {
            var (amount, updated) = (Text(row.Amount), Text(row.UpdatedAt?.ToString("O")));
            await postgres.ExecuteAsync(FormattableString.Invariant(
                $"insert into people values ({row.Id}, {Text(row.Name)}, {amount}, {updated}, {Text(row.Active)})"));
        }

        return await WarehouseWorld.CreateAsync(type);
    }

    private static string Text(object? value) => value is null ? "null" : FormattableString.Invariant($"'{value}'");
}
