using System.Diagnostics;
using Microsoft.Data.Sqlite;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.State;

public sealed class SqliteTableStoreTests : IDisposable
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("deep/er/state.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reading_makes_no_file()
    {
        await using var store = Open();

        Assert.Null((await store.GetAsync(Tables.Runs, "p", "r", Ct)).Value);
        Assert.Empty(await Rows(store));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_writer_that_is_killed_loses_nothing_it_reported_and_frees_its_lock()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(SqliteTableStoreTests).Assembly.Location, "write-state", File])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var writer = Process.Start(start)!;
        var reported = -1;
        for (; reported < 60; reported = int.Parse((await writer.StandardOutput.ReadLineAsync())!))
        {
        }

        Assert.Null(LocalLock.TryTake(File + ".writer.lock"));
        writer.Kill();
        while (await writer.StandardOutput.ReadLineAsync() is { } line)
            reported = int.TryParse(line, out var number) ? number : reported;
        await writer.EndsAsync();

        await using var store = Open();
        var rows = await Rows(store, "writer");
        Assert.InRange(rows.Count, reported + 1, reported + 2);
        Assert.All(rows, row => Assert.Equal(20_000, row.Bytes("Bytes")!.Length));
        Assert.True((await store.AddAsync(Tables.Receipts, new TableRow("writer", "after"), Ct)).Done);
        using var taken = LocalLock.TryTake(File + ".writer.lock");
        Assert.NotNull(taken);
    }

    [Fact]
    public async Task Stores_on_one_file_see_each_others_writes_and_lose_none()
    {
        await using var reader = Open();
        var stores = Enumerable.Range(0, 8).Select(_ => Open()).ToList();
        await Task.WhenAll(stores.Select((store, i) => Task.Run(async () =>
        {
            for (var k = 0; k < 20; k++)
                Assert.True((await store.AddAsync(Tables.Receipts, new TableRow("p", $"{i}-{k:D2}"), Ct)).Done);
        })));

        Assert.Equal(160, (await Rows(reader)).Count);
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task A_reader_is_not_held_up_by_an_open_write()
    {
        await using var store = Open();
        await store.AddAsync(Tables.Receipts, new TableRow("p", "r"), Ct);
        using var other = Connect();
        Execute(other, "BEGIN IMMEDIATE");

        Assert.Single(await Rows(store));
    }

    [Theory]
    [InlineData(2, "the version of pendosync that wrote it")]
    [InlineData(4, "newer version")]
    public async Task Another_format_is_refused_with_the_fix_and_left_alone(int format, string fix)
    {
        await using (var store = Open())
            await store.AddAsync(Tables.Receipts, new TableRow("p", "r"), Ct);
        using (var other = Connect())
            Execute(other, $"UPDATE meta SET value = {format} WHERE name = 'format'");

        var problem = await Refusal();

        Assert.Contains($"format {format}", problem.Message);
        Assert.Contains(fix, problem.Fix);
    }

    [Theory]
    [InlineData("this is no database at all, but long enough to look like one "
        + "..............................................................")]
    [InlineData("short")]
    public async Task A_file_that_is_not_a_database_is_refused_and_left_alone(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllTextAsync(File, content);

        Assert.NotNull((await Refusal()).Fix);
        Assert.Equal(content, await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task Somebody_elses_database_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        using (var other = Connect())
            Execute(other, "CREATE TABLE visitors (id TEXT)");
        var before = await System.IO.File.ReadAllBytesAsync(File);

        await Refusal();

        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_damaged_file_is_a_problem_with_a_fix()
    {
        await using (var store = Open())
            await store.UpsertManyAsync(Tables.Receipts, "p",
                [.. Enumerable.Range(0, 500).Select(i => new TableRow("p", $"{i:D3}") { ["T"] = "text" })], Ct);
        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        Array.Fill(bytes, (byte)0xA5, 4096, bytes.Length - 4096);
        await System.IO.File.WriteAllBytesAsync(File, bytes);

        Assert.Contains("backup", (await Refusal()).Fix);
    }

    [Fact]
    public async Task A_place_that_cannot_hold_a_file_is_a_problem_with_a_fix()
    {
        await System.IO.File.WriteAllTextAsync(_folder.File("deep"), "a file where a folder should be");
        Assert.Contains("write access", (await Refusal(reading: false)).Fix);

        await using var folderAsFile = new SqliteTableStore(_folder.Path, TimeProvider.System);
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => folderAsFile.AddAsync(Tables.Runs, new TableRow("p", "r"), Ct));
        Assert.Equal(ProblemKind.State, refusal.Problem.Kind);
    }

    [Theory]
    [InlineData(3, ProblemKind.State, "write access")]
    [InlineData(5, ProblemKind.Transient, "Try again")]
    [InlineData(8, ProblemKind.State, "write access")]
    [InlineData(10, ProblemKind.State, "disk")]
    [InlineData(11, ProblemKind.State, "backup")]
    [InlineData(13, ProblemKind.State, "space")]
    [InlineData(14, ProblemKind.State, "folder")]
    [InlineData(26, ProblemKind.State, "backup")]
    [InlineData(1, ProblemKind.State, "backup")]
    public void Every_error_of_the_file_has_a_kind_and_a_fix(int code, ProblemKind kind, string fix)
    {
        var problem = SqliteProblems.From(new SqliteException("x", code), "state.db").Problem;

        Assert.Equal((kind, "state.db"), (problem.Kind, problem.Place));
        Assert.Contains(fix, problem.Fix);
    }

    [ReadOnlyFileFact]
    public async Task A_read_only_file_is_read_but_not_written()
    {
        await using (var store = Open())
            await store.AddAsync(Tables.Receipts, new TableRow("p", "r"), Ct);
        using var readOnly = new ReadOnlyFile(File);

        var problem = await Refusal(reading: false);
        Assert.Contains("cannot be written", problem.Message);
        Assert.Contains("write access", problem.Fix);
        await using var reader = Open();
        Assert.Single(await Rows(reader));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_is_believed()
    {
        var clock = new ManualClock();
        await using var store = new SqliteTableStore(File, clock);
        var first = await store.AddAsync(Tables.Runs, new TableRow("p", "r"), Ct);
        clock.Now -= TimeSpan.FromHours(1);

        var second = await store.UpsertAsync(Tables.Runs, new TableRow("p", "r"), Ct);
        var read = await store.GetAsync(Tables.Runs, "p", "r", Ct);

        Assert.Equal(first.Now - TimeSpan.FromHours(1), second.Now);
        Assert.Equal(clock.Now, read.Value!.Timestamp);
        Assert.Equal(clock.Now, read.Now);
    }

    [Fact]
    public async Task The_keys_of_ten_thousand_receipts_are_read_without_their_binaries()
    {
        await using var store = Open();
        await store.UpsertManyAsync(Tables.Receipts, "p",
            [.. Enumerable.Range(0, 10_000).Select(i => new TableRow("p", $"{i:D6}") { ["Big"] = new byte[4_000], ["Owner"] = "me" })], Ct);

        var keys = await Rows(store, columns: []);

        Assert.Equal(10_000, keys.Count);
        Assert.All(keys, row => Assert.Empty(row.Properties));
    }

    private SqliteTableStore Open() => new(File, TimeProvider.System);

    private async Task<Problem> Refusal(bool reading = true)
    {
        await using var store = Open();
        var writing = await Assert.ThrowsAsync<ProblemException>(() => store.AddAsync(Tables.Receipts, new TableRow("p", "x"), Ct));
        Assert.Equal(ProblemKind.State, writing.Problem.Kind);
        if (reading)
            Assert.Equal(ProblemKind.State, (await Assert.ThrowsAsync<ProblemException>(() => Rows(store))).Problem.Kind);
        return writing.Problem;
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task<List<TableRow>> Rows(ITableStore store, string partition = "p", IReadOnlyList<string>? columns = null)
    {
        var rows = new List<TableRow>();
        await foreach (var row in store.QueryAsync(Tables.Receipts, partition, RowRange.All, columns, Ct))
            rows.Add(row);
        return rows;
    }
}
