using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Tests.Warehouses;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Records;

/// <summary>From a cell of a real SQLite file to the field that is made for it and the record that is sent.</summary>
public sealed class SqliteRecordTests : IDisposable
{
    private static readonly PendoSchema _schema = new([new("text", "string"), new("number", "float"), new("when", "time")]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("integer", "number")]
    [InlineData("BIGINT UNSIGNED", "number")]
    [InlineData("real", "number")]
    [InlineData("double precision", "number")]
    [InlineData("decimal(10, 2)", "number")]
    [InlineData("varchar(20)", "string")]
    [InlineData("text", "string")]
    [InlineData("boolean", "boolean")]
    [InlineData("timestamp", "time")]
    public async Task A_missing_field_is_made_with_the_declared_type(string declared, string created)
    {
        var plan = await PlanAsync($"create table t (id text, v {declared})", new FieldMapping("fresh") { Column = "v" });

        Assert.Equal([new NewField("fresh", created)], plan.Missing);
    }

    [Theory]
    [InlineData("integer")]
    [InlineData("")]
    public async Task A_missing_field_with_a_unit_is_a_time(string declared)
    {
        var plan = await PlanAsync($"create table t (id text, v {declared})", new FieldMapping("fresh") { Column = "v", Unit = InstantUnit.Seconds });

        Assert.Equal([new NewField("fresh", "time")], plan.Missing);
        Assert.Equal(FieldTarget.Time, Assert.Single(plan.Fields).Target);
    }

    [Theory]
    [InlineData("create table t (id text, v)")]
    [InlineData("create table t (id text, v money)")]
    [InlineData("create view t as select 'a' as id, 1 + 1 as v")]
    public async Task A_missing_field_of_a_column_without_a_type_needs_one_in_the_definition(string create)
    {
        var problem = (await Assert.ThrowsAsync<ProblemException>(() => PlanAsync(create, new FieldMapping("fresh") { Column = "v" }))).Problem;

        Assert.Equal((ProblemKind.Configuration, "sync 'visitors'"), (problem.Kind, problem.Place));
        foreach (var part in new[] { "'fresh'", "'v'", "`type: string`" })
            Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_without_a_type_fits_a_field_that_has_one()
    {
        Assert.Equal([new NewField("fresh", "number")], (await PlanAsync("create table t (id text, v)", new FieldMapping("fresh") { Column = "v", Type = FieldType.Number })).Missing);
        Assert.Equal(FieldTarget.Number, Assert.Single((await PlanAsync("create table u (id text, v)", new FieldMapping("number") { Column = "v" })).Fields).Target);
    }

    [Fact]
    public async Task An_integer_column_of_a_time_field_needs_its_unit()
    {
        var problem = await Assert.ThrowsAsync<ProblemException>(() => PlanAsync("create table t (id text, v integer)", new FieldMapping("when") { Column = "v" }));

        Assert.Contains("`unit: s`", problem.Message, StringComparison.Ordinal);
        Assert.Equal(FieldTarget.Time, Assert.Single((await PlanAsync("create table u (id text, v text)", new FieldMapping("when") { Column = "v" })).Fields).Target);
    }

    [Fact]
    public async Task An_integer_timestamp_of_an_event_needs_its_unit()
    {
        SqliteRows.Run(_folder.File("w.db"), "create table t (id text, v text, at integer)");
        await using var reader = await ReadAsync("select * from t");

        var problem = Assert.Throws<ProblemException>(() => new EventMapper(TestSyncs.Events, WarehouseColumns.Of(reader), reader, TimeZoneInfo.Utc, new HashSeeds(1, 2), TimeProvider.System));
        Assert.Contains("`unit: s`", problem.Message, StringComparison.Ordinal);
    }

    private async Task<FieldPlan> PlanAsync(string create, FieldMapping field)
    {
        SqliteRows.Run(_folder.File("w.db"), create);
        await using var reader = await ReadAsync($"select * from {create.Split(' ')[2]}");
        return FieldPlan.Make(TestSyncs.Visitors with { Fields = [field], CreateFields = true }, WarehouseColumns.Of(reader), _schema);
    }

    private Task<System.Data.Common.DbDataReader> ReadAsync(string sql) =>
        TestWarehouse.Make("sqlite", new Dictionary<string, string> { ["file"] = "w.db" }, directory: _folder.Path).OpenAsync(new Model { Sql = sql }, null, CancellationToken.None);
}
