using PendoSync.Engine;

namespace PendoSync.Tests.Engine;

public sealed class PlanSlotsTests
{
    [Fact]
    public void A_slot_is_taken_once_and_given_back_once()
    {
        var slots = new PlanSlots(2);
        var first = slots.TryTake();
        var second = slots.TryTake();
        Assert.Null(slots.TryTake());

        first!.Dispose();
        first.Dispose();

        Assert.NotNull(slots.TryTake());
        Assert.Null(slots.TryTake());
        Assert.NotNull(second);
    }

    [Fact]
    public async Task However_many_ask_at_once_no_more_than_the_slots_are_taken_and_none_is_lost()
    {
        var slots = new PlanSlots(3);
        var (taken, most) = (0, 0);
        await Parallel.ForAsync(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, (_, _) =>
        {
            using var slot = slots.TryTake();
            if (slot is not null)
            {
                InterlockedMax(ref most, Interlocked.Increment(ref taken));
                Thread.SpinWait(50);
                Interlocked.Decrement(ref taken);
            }

            return ValueTask.CompletedTask;
        });

        Assert.InRange(most, 1, 3);
        Assert.All(Enumerable.Range(0, 3), _ => Assert.NotNull(slots.TryTake()));
        Assert.Null(slots.TryTake());
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                return;
    }
}
