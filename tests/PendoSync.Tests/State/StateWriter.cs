using PendoSync.State;

namespace PendoSync.Tests.State;

/// <summary>The process that is killed in the middle of writing: it tells each write once it is done.</summary>
internal static class StateWriter
{
    public static async Task<int> RunAsync(string path)
    {
        using var held = LocalLock.TryTake(path + ".writer.lock");
        if (held is null)
            return 3;
        await using var store = new SqliteTableStore(path, TimeProvider.System);
        for (var i = 0; ; i++)
        {
            var row = new TableRow("writer", $"{i:D6}") { ["Bytes"] = new byte[20_000], ["Number"] = i };
            await store.AddAsync(Tables.Receipts, row, CancellationToken.None);
            Console.WriteLine(i);
        }
    }
}
