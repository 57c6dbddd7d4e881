using PendoSync.Snapshot;

namespace PendoSync.Tests.Snapshot;

/// <summary>What the table takes of the memory, and when it grows.</summary>
public sealed class PackedTableTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(13, 16)]
    [InlineData(14, 20)]
    [InlineData(18, 25)]
    [InlineData(3353, 3945)]
    [InlineData(3354, 4931)]
    public void A_part_doubles_and_from_16_on_grows_by_a_quarter_once_85_of_100_are_taken(int entries, int capacity)
    {
        var table = new PackedTable(2, 1);
        for (ulong i = 1; i <= (ulong)entries; i++)
            table.GetOrAdd(i * 1_000_000_000_000, 0, out _);

        Assert.Equal(BytesOf(1, capacity, 2), table.Bytes);
        Assert.Equal(entries, table.Count);
    }

    [Fact]
    public void Room_is_made_for_a_quarter_more_than_is_asked_for_and_never_taken_back()
    {
        var table = new PackedTable(3, 2);
        table.GetOrAdd(1, 2, out _);
        table.Reserve(4_096_000);
        Assert.Equal(BytesOf(4096, 1250 + 4, 3), table.Bytes);
        Assert.True(table.TryFind(1, 2, out _));

        table.Reserve(1);
        Assert.Equal(BytesOf(4096, 1250 + 4, 3), table.Bytes);
    }

    [Fact]
    public void Marks_stay_with_their_entries_while_a_part_grows()
    {
        var table = new PackedTable(2, 1);
        var keys = Enumerable.Range(1, 400).Select(i => (ulong)i * 1_000_000_000_000).ToList();
        for (var i = 0; i < keys.Count; i++)
        {
            var entry = table.GetOrAdd(keys[i], 0, out _);
            if (i % 3 == 0)
                table.MarkSeen(entry);
        }

        Assert.Equal(keys.Select((_, i) => i % 3 == 0), keys.Select(key => table.TryFind(key, 0, out var entry) && table.IsSeen(entry)));
    }

    [Fact]
    public void An_entry_is_marked_once_and_alone()
    {
        var table = new PackedTable(2, 1);
        var entries = Enumerable.Range(1, 100).Select(i => (ulong)i << 40).ToList();
        entries.ForEach(key => table.GetOrAdd(key, 0, out _));
        for (var i = 0; i < entries.Count; i += 3)
        {
            Assert.True(table.MarkSeen(Find(entries[i])));
            Assert.False(table.MarkSeen(Find(entries[i])));
        }

        Assert.Equal(entries.Select((_, i) => i % 3 == 0), entries.Select(key => table.IsSeen(Find(key))));

        PackedTable.Entry Find(ulong key) => table.TryFind(key, 0, out var entry) ? entry : throw new InvalidOperationException();
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0xABC0_0000_0000_0000UL)]
    [InlineData(0xFFF0_0000_0000_0001UL)]
    public void A_key_comes_back_whole_marked_or_not(ulong key)
    {
        var table = new PackedTable(2, 1);
        var entry = table.GetOrAdd(key, 0, out _);
        Assert.Equal(key, table.Key(entry));
        table.MarkSeen(entry);
        Assert.Equal((key, 1), (table.Key(entry), table.Entries().Count()));
        table.ClearSeen();
        Assert.Equal((key, false, true), (table.Key(entry), table.IsSeen(entry), table.TryFind(key, 0, out _)));
    }

    private static long BytesOf(int parts, int capacity, int words) => 8L * parts * capacity * words;
}
