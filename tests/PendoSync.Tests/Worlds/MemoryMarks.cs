using PendoSync.State;

namespace PendoSync.Tests.Worlds;

/// <summary>Marks in memory.</summary>
internal sealed class MemoryMarks : IMarkStore
{
    private readonly Dictionary<string, long> _marks = new(StringComparer.Ordinal);

    /// <summary>What reading and writing throw; null: nothing.</summary>
    public ProblemException? Away { get; set; }

    public MemoryMarks Copy()
    {
        var copy = new MemoryMarks();
        foreach (var (id, mark) in _marks)
            copy._marks[id] = mark;
        return copy;
    }

    public void Clear() => _marks.Clear();

    public Task<long?> ReadAsync(string id, CancellationToken ct) =>
        Away is null ? Task.FromResult<long?>(_marks.TryGetValue(id, out var mark) ? mark : null) : Task.FromException<long?>(Away);

    public Task WriteAsync(string id, long mark, CancellationToken ct)
    {
        _marks[id] = Math.Max(mark, _marks.GetValueOrDefault(id));
        return Away is null ? Task.CompletedTask : Task.FromException(Away);
    }
}
