using PendoSync.State;
using Xunit;

namespace PendoSync.Tests.Conformance;

public abstract partial class TableStoreConformance
{
    [Fact]
    public async Task Eleven_full_binaries_fit_and_text_of_32768_characters()
    {
        var row = Row("eleven", null);
        for (var k = 0; k < 11; k++)
            row[$"B{k}"] = new byte[64 * 1024];
        Assert.True((await Store.AddAsync(Table, row, Ct)).Done);
        Assert.True((await Store.AddAsync(Table, Row("text", new string('x', 32 * 1024)), Ct)).Done);
        var many = Row("many");
        for (var k = 0; k < 251; k++)
            many[$"N{k}"] = k;
        Assert.True((await Store.AddAsync(Table, many, Ct)).Done);
        Assert.Equal(252, (await Store.GetAsync(Table, _partition, "many", Ct)).Value!.Properties.Count);
    }

    [Theory]
    [InlineData("twelve binaries")]
    [InlineData("binary")]
    [InlineData("text")]
    [InlineData("properties")]
    [InlineData("name")]
    [InlineData("type")]
    public async Task What_Azure_would_refuse_is_refused_and_nothing_is_written(string what)
    {
        var row = Row("refused");
        switch (what)
        {
            case "twelve binaries":
                for (var k = 0; k < 12; k++)
                    row[$"B{k}"] = new byte[64 * 1024];
                break;
            case "binary":
                row["B"] = new byte[(64 * 1024) + 1];
                break;
            case "text":
                row["T"] = new string('x', (32 * 1024) + 1);
                break;
            case "properties":
                for (var k = 0; k < 252; k++)
                    row[$"N{k}"] = k;
                break;
            case "name":
                row["with space"] = 1;
                break;
            default:
                row["T"] = 1.5m;
                break;
        }

        Assert.Equal(ProblemKind.State, (await Assert.ThrowsAsync<ProblemException>(() => Store.UpsertAsync(Table, row, Ct))).Problem.Kind);
        await Assert.ThrowsAsync<ProblemException>(() => Store.UpsertManyAsync(Table, _partition, [Row("fine"), row], Ct));
        Assert.Empty(await Query(RowRange.All));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a#b")]
    [InlineData("a?b")]
    [InlineData("a b")]
    [InlineData("a'b")]
    [InlineData("é")]
    [InlineData("a\u007f")]
    public async Task Keys_outside_the_contract_are_refused(string key)
    {
        await Assert.ThrowsAsync<ProblemException>(() => Store.UpsertAsync(Table, Row(key), Ct));
        await Assert.ThrowsAsync<ProblemException>(() => Store.UpsertAsync(Table, new TableRow(key, "row"), Ct));
        await Assert.ThrowsAsync<ProblemException>(() => Store.GetAsync(Table, _partition, key, Ct));
    }

    [Fact]
    public async Task Keys_of_every_allowed_character_come_back()
    {
        const string key = "AZaz09-_.~=+";
        await Store.AddAsync(Table, new TableRow(_partition + key, key) { ["V"] = 1 }, Ct);

        Assert.Equal(1, (await Store.GetAsync(Table, _partition + key, key, Ct)).Value!.Number("V"));
        await foreach (var row in Store.QueryAsync(Table, _partition + key, RowRange.WithPrefix(key), null, Ct))
            Assert.Equal(key, row.Row);
        await Store.DeleteAsync(Table, _partition + key, [key], Ct);
        Assert.Null((await Store.GetAsync(Table, _partition + key, key, Ct)).Value);
    }
}
