using System.Security.Cryptography;
using System.Text;
using PendoSync.Engine;

namespace PendoSync.Tests.Engine;

public sealed class SpoolTests
{
    [Fact]
    public void What_is_stored_comes_back_once_in_any_order_and_the_room_with_it()
    {
        using var spool = new Spool(10_000);
        var random = new Random(1);
        for (var round = 0; round < 20; round++)
        {
            var stored = new List<(byte[] Bytes, Func<byte[]> Take)>();
            while (true)
            {
                var bytes = new byte[random.Next(1, 3000)];
                random.NextBytes(bytes);
                if (spool.TryStore(bytes, read => read.ToArray()) is not { } take)
                    break;
                stored.Add((bytes, take));
            }

            Assert.NotEmpty(stored);
            foreach (var (bytes, take) in stored.OrderBy(_ => random.Next()).ToList())
                Assert.Equal(bytes, take());
        }
    }

    [Fact]
    public void It_leaves_no_name_and_nothing_that_can_be_read()
    {
        if (!OperatingSystem.IsLinux())
            return;
        const string Planted = "jane@example.com is planted here";
        using var spool = new Spool(1 << 20);
        var take = spool.TryStore(Encoding.UTF8.GetBytes(Planted), read => read.ToArray())!;
        var mine = Directory.EnumerateFiles("/proc/self/fd").Select(f => (Handle: f, Target: new FileInfo(f).LinkTarget ?? ""))
            .Where(f => f.Target.Contains("/pendosync-", StringComparison.Ordinal)
                && f.Target.EndsWith(" (deleted)", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(mine);
        Assert.All(mine, f =>
        {
            var text = Encoding.UTF8.GetString(File.ReadAllBytes(f.Handle));
            Assert.DoesNotContain("jane", text, StringComparison.Ordinal);
            Assert.DoesNotContain("planted", text, StringComparison.Ordinal);
        });
        Assert.Equal(Planted, Encoding.UTF8.GetString(take()));
    }

    [Fact]
    public void What_is_changed_on_the_disk_is_refused()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var spool = new Spool(1 << 20);
        // Of a length that no other spool of this process has.
        const int length = 77_777;
        var take = spool.TryStore(new byte[length], read => read.ToArray())!;
        var mine = Directory.EnumerateFiles("/proc/self/fd").Single(f => LengthOf(f) == length + 16);
        using (var file = new FileStream(mine, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 500;
            var before = file.ReadByte();
            file.Position = 500;
            file.WriteByte((byte)(before ^ 1));
        }

        Assert.ThrowsAny<CryptographicException>(take);
    }

    // 0 of what is no spool, or is gone meanwhile.
    private static long LengthOf(string descriptor)
    {
        try
        {
            if (new FileInfo(descriptor).LinkTarget?.Contains("/pendosync-", StringComparison.Ordinal) != true)
                return 0;
            using var file = new FileStream(descriptor, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
