using System.Text.Json;
using PendoSync.Delivery;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>
/// Reads all records of a kind back from Pendo, in pages by id and through the shared rate. What it gives is complete and consistent, or it
/// throws: an answer that is broken, out of order, too long or repeats an id is asked for again and never believed.
/// </summary>
/// <param name="context">The sync whose connection and object are read.</param>
/// <param name="state">Keeps the rate.</param>
/// <param name="options">How patient it is.</param>
/// <param name="writesNothing">True: while no run is at work its calls are paced without a word in the state.</param>
internal sealed class PendoRead(SyncContext context, StateStore state, EngineOptions options, bool writesNothing)
{
    /// <summary>Pages become no smaller, however long Pendo takes.</summary>
    public const int FewestRows = 50;

    private readonly PendoClient _client = context.Pendo;
    private int _size = options.PendoPage;
    private long _lastCall, _lastLook;
    private bool _othersAtWork;

    /// <summary>Calls made.</summary>
    public long Calls { get; private set; }

    /// <summary>Reads them all.</summary>
    /// <param name="fields">What is read.</param>
    /// <param name="seed">Seed of the values' hashes.</param>
    /// <param name="take">Told of every page; its ids are behind those of the pages before.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Records read.</returns>
    /// <exception cref="ProblemException">Pendo cannot be read, or not to its end.</exception>
    public async Task<long> ReadAsync(HeldFields fields, long seed, Action<HeldPage> take, CancellationToken ct)
    {
        var order = new IdOrder();
        string? last = null;
        var (count, ended) = (0L, false);
        while (true)
        {
            var page = await PageAsync(fields, seed, last, ct);
            if (page.Ids.Count == 0)
            {
                // An answer without rows that comes once only is no end.
                if (ended)
                    return count;
                ended = true;
                continue;
            }

            ended = false;
            if (!page.Ids.All(order.Takes))
                throw Inconsistent("its ids stand in no order, or one came twice");
            take(page);
            (count, last) = (count + page.Ids.Count, page.Ids[^1]);
        }
    }

    private async Task<HeldPage> PageAsync(HeldFields fields, long seed, string? after, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            var size = _size;
            await WaitForTurnAsync(ct);
            var answer = await _client.PostAggregationAsync(fields.Request(after, size), ct);
            Calls++;
            if (answer.Status == 429)
            {
                if (tries >= options.MaxTries)
                    throw _client.Problem(answer, "read the records");
                var pause = Backoff.CoolDown(answer.RetryAfter, tries, options);
                if (await IsAloneAsync(ct))
                    await Task.Delay(pause, options.Clock, ct);
                else
                    await state.Rates.CoolDownAsync(_client.Connection.Name, pause, ct);
                continue;
            }

            if (answer.Status is >= 300 and < 500 and not (408 or 413 or 425))
                throw _client.Problem(answer, "read the records");
            var (page, broken) = answer.IsSuccess ? Believed(answer.Body, fields, seed, after, size) : (null, null);
            if (page is not null)
                return page;
            // A page that Pendo has no time for, or that is cut short, may be too large.
            var tooLarge = answer.Status is 408 or 413 || answer.Fault == CallFault.Ambiguous || answer.IsSuccess;
            if (tooLarge && size > FewestRows)
            {
                _size = Math.Max(FewestRows, size / 2);
                tries = Math.Min(tries, options.MaxTries - 1);
            }

            if (tries >= options.MaxTries)
                throw broken is null ? _client.Problem(answer, "read the records") : Inconsistent(broken);
            await Task.Delay(Backoff.AfterTry(tries - 1, options), options.Clock, ct);
        }
    }

    private static (HeldPage? Page, string? Broken) Believed(byte[] body, HeldFields fields, long seed, string? after, int size)
    {
        try
        {
            var page = HeldPage.Read(body, fields, seed);
            if (page.Ids.Count > size)
                return (null, $"it has {page.Ids.Count} rows where {size} were asked for");
            var order = new IdOrder();
            return (after is null || order.Takes(after)) && page.Ids.All(order.Takes) ? (page, null)
                : (null, "its ids stand in no order, or one came twice");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return (null, e is FormatException ? e.Message : "it is no JSON, or only the beginning of it");
        }
    }

    private ProblemException Inconsistent(string why) => new(ProblemKind.Transient,
        $"Pendo's answer cannot be trusted: {why}", $"pendo connection '{_client.Connection.Name}'",
        "Nothing was taken for equal or different. Try again; if it stays, please report it.");

    private async Task WaitForTurnAsync(CancellationToken ct)
    {
        var (name, rate) = (_client.Connection.Name, _client.Connection.MaxCallsPerSecond);
        if (await IsAloneAsync(ct))
        {
            var gap = _lastCall == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1 / rate) - options.Clock.GetElapsedTime(_lastCall);
            var cool = await state.Rates.LookAsync(name, ct);
            if ((cool > gap ? cool : gap) is var pause && pause > TimeSpan.Zero)
                await Task.Delay(pause, options.Clock, ct);
        }
        else
        {
            while (await state.Rates.ReserveAsync(name, 1, rate, 2 * options.LongestWait, ct) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, options.Clock, ct);
                if (wait <= 2 * options.LongestWait)
                    break;
            }
        }

        _lastCall = options.Clock.GetTimestamp();
    }

    // Nobody else has to know of our calls and pauses.
    private async Task<bool> IsAloneAsync(CancellationToken ct) => writesNothing && !await AreOthersAtWorkAsync(ct);

    private async Task<bool> AreOthersAtWorkAsync(CancellationToken ct)
    {
        if (_lastLook != 0 && options.Clock.GetElapsedTime(_lastLook) < TimeSpan.FromSeconds(2))
            return _othersAtWork;
        (_lastLook, _othersAtWork) = (options.Clock.GetTimestamp(), false);
        foreach (var sync in context.Project.Syncs.Where(s => s.Pendo == context.Sync.Pendo))
            _othersAtWork |= (await state.Checkpoints.ReadAsync(sync.Name, ct)).Active is not null;
        return _othersAtWork;
    }
}
