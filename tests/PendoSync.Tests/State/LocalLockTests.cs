using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.State;

public sealed class LocalLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_lock_is_taken_once_and_free_again_when_given_back()
    {
        var path = _folder.File("new/state.db.visitors.lock");
        using (var first = LocalLock.TryTake(path))
        {
            Assert.NotNull(first);
            Assert.Null(LocalLock.TryTake(path));
            using var other = LocalLock.TryTake(path + "2");
            Assert.NotNull(other);
        }

        using var again = LocalLock.TryTake(path);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_place_without_access_is_a_problem()
    {
        File.WriteAllText(_folder.File("file"), "");

        Assert.Equal(ProblemKind.State, Assert.Throws<ProblemException>(() => LocalLock.TryTake(_folder.File("file/x.lock"))).Problem.Kind);
    }
}
