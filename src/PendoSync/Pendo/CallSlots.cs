using System.Numerics;

namespace PendoSync.Pendo;

/// <summary>
/// How many calls to one Pendo connection this process has open at once. It starts with a few, and while callers wait each answer lets two
/// more in, three times as many with each round, until answers take longer. Then it begins again with the few and looks what each number
/// gets done: it doubles them while that gets more done, and then adds one a round of answers. Where more calls at once only take longer it
/// goes back to as many as got the most done; when Pendo throttles, fails, refuses the key, sends elsewhere or does not answer there are a
/// third fewer. Waiting for the shared rate is no part of a call and counts for nothing.
/// </summary>
/// <param name="most">Calls at once at most.</param>
/// <param name="clock">Measures calls.</param>
public sealed class CallSlots(int most, TimeProvider clock)
{
    /// <summary>Calls at once in the beginning.</summary>
    public const int First = 3;

    // Of what another call should bring, this part has to come, else Pendo only works at more things more slowly.
    private const double Gain = 0.1;
    private const double Fewer = 0.7;
    // An answer that takes so many times as long as the quickest ends the start: there are too many at once by now, or nearly.
    private const double Longer = 2;
    // Calls that each good answer of the start lets in: three times as many with each round.
    private const int MoreAnAnswer = 2;
    // Rounds until it looks anew whether one more, or one fewer, would be better by now; twice as many each time that it was not.
    private const int LookAgain = 30;
    private const int LookLast = 1000;
    // Below this share of what is allowed callers do not ask for more, and a round says nothing about more.
    private const double Used = 0.7;

    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _line = [];
    // How long a first call of a kind took: what makes calls of different kinds comparable.
    private readonly Dictionary<(bool Single, int Size), double> _usual = [];
    // Calls of usual length done at once, by how many were allowed.
    private readonly double[] _pace = new double[most + 1];
    private int _taken, _calling, _answers, _held, _changes;
    private int _lookAgain = LookAgain;
    private double _opened, _lengths, _recent;
    private bool _starting = true, _steady;

    /// <summary>Calls that may be open now, 1 to the most.</summary>
    public int Allowed { get; private set; } = Math.Min(First, most);

    /// <summary>Calls that are open now.</summary>
    public int Calling => Volatile.Read(ref _calling);

    /// <summary>How long calls took lately; zero before the first answer.</summary>
    public TimeSpan Latency => TimeSpan.FromSeconds(Volatile.Read(ref _recent));

    /// <summary>Takes a slot, after those who asked before; dispose what it returns.</summary>
    public async ValueTask<IDisposable> TakeAsync(CancellationToken ct)
    {
        TaskCompletionSource mine;
        lock (_gate)
        {
            if (_taken < Allowed && _line.Count == 0)
            {
                _taken++;
                return new Slot(this);
            }

            mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _line.AddLast(mine);
        }

        await using (ct.UnsafeRegister(_ => GiveUp(mine, ct), null))
            await mine.Task;
        return new Slot(this);
    }

    /// <summary>Makes a call and learns from its answer.</summary>
    /// <param name="isSingle">True for a call that takes one event or one flag.</param>
    /// <param name="records">Records in it: a call with few is no measure for one with many.</param>
    /// <param name="call">The call.</param>
    internal async Task<PendoAnswer> CallAsync(bool isSingle, int records, Func<Task<PendoAnswer>> call)
    {
        var (open, changes) = (Interlocked.Increment(ref _calling), Volatile.Read(ref _changes));
        var began = clock.GetTimestamp();
        try
        {
            var answer = await call();
            var took = clock.GetElapsedTime(began);
            Learn((isSingle, BitOperations.Log2((uint)records)), changes, open, took.TotalSeconds, IsTrouble(answer));
            return answer with { Took = took };
        }
        finally
        {
            Interlocked.Decrement(ref _calling);
        }
    }

    private static bool IsTrouble(PendoAnswer answer) =>
        answer.StopsAll || answer.Status is 408 or 429 or >= 500 || answer.Fault == CallFault.Ambiguous;

    private void Learn((bool Single, int Size) kind, int changes, int open, double seconds, bool trouble)
    {
        lock (_gate)
        {
            _recent = _recent == 0 ? seconds : (0.8 * _recent) + (0.2 * seconds);
            // A call that began when another number was allowed says nothing about this one.
            if (changes != _changes && !_starting)
                return;
            if (trouble)
            {
                (_starting, _steady) = (false, true);
                Allow((int)(Allowed * Fewer));
                return;
            }

            if (_starting)
            {
                Start(kind, seconds);
                return;
            }

            var usual = seconds > 0 && _usual.TryAdd(kind, seconds) ? seconds : _usual.GetValueOrDefault(kind);
            if (usual > 0)
                (_opened, _lengths) = (_opened + open, _lengths + (seconds / usual));
            if (++_answers < Allowed)
                return;
            var pace = _opened > Used * Allowed * _answers ? _opened / _lengths : 0;
            (_answers, _opened, _lengths) = (0, 0, 0);
            if (pace > 0)
                Judge(pace);
        }
    }

    private void Start((bool Single, int Size) kind, double seconds)
    {
        var usual = _usual[kind] = Math.Min(seconds, _usual.GetValueOrDefault(kind, seconds));
        _starting = seconds <= usual * Longer && (Allowed < most || ++_answers < most);
        if (seconds > usual * Longer)
            Allow(Math.Min(First, most));
        else if (_line.Count > 0 && Allowed < most)
            Allow(Allowed + MoreAnAnswer);
    }

    private void Allow(int calls)
    {
        (Allowed, _answers, _opened, _lengths) = (Math.Clamp(calls, 1, most), 0, 0, 0);
        _changes++;
        Admit();
    }

    // Calls at once divided by how long they take is how many get done.
    private void Judge(double pace)
    {
        var known = _pace[Allowed];
        _pace[Allowed] = known == 0 ? pace : (0.7 * known) + (0.3 * pace);
        var best = Allowed;
        for (var fewer = 1; fewer < Allowed; fewer++)
            if (_pace[fewer] > 0 && !IsWorth(best, fewer))
                best = fewer;
        if (best < Allowed)
        {
            (_steady, _held) = (true, 0);
            Allow(best);
            return;
        }

        var next = Math.Min(most, _steady ? Allowed + 1 : Allowed * 2);
        if (next > Allowed && (_pace[next] == 0 || IsWorth(next, Allowed)))
        {
            Allow(next);
        }
        else if (++_held >= _lookAgain)
        {
            (_held, _lookAgain) = (0, Math.Min(_lookAgain * 2, LookLast));
            Allow(Allowed > 1 && _pace[Allowed - 1] == 0 ? Allowed - 1 : next);
        }
    }

    private bool IsWorth(int more, int fewer) => _pace[more] >= _pace[fewer] * (1 + (Gain * (((double)more / fewer) - 1)));

    private void Return()
    {
        lock (_gate)
        {
            _taken--;
            Admit();
        }
    }

    private void Admit()
    {
        while (_taken < Allowed && _line.First is { } next)
        {
            _line.RemoveFirst();
            if (next.Value.TrySetResult())
                _taken++;
        }
    }

    private void GiveUp(TaskCompletionSource waiting, CancellationToken ct)
    {
        lock (_gate)
        {
            if (waiting.TrySetCanceled(ct))
                _line.Remove(waiting);
        }
    }

    private sealed class Slot(CallSlots slots) : IDisposable
    {
        private CallSlots? _slots = slots;

        public void Dispose() => Interlocked.Exchange(ref _slots, null)?.Return();
    }
}
