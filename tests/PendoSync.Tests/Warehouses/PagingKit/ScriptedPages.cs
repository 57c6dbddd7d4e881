using System.Text;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Tests.Warehouses.PagingKit;

/// <summary>Pages given as text; notes how many were asked for and whether it was disposed.</summary>
internal sealed class ScriptedPages(params Func<CancellationToken, Task<string?>>[] pages) : IPageSource
{
    public int Asked { get; private set; }

    public bool Disposed { get; private set; }

    public long? Total { get; init; }

    public static ScriptedPages Of(params string[] pages) =>
        new([.. pages.Select(p => (Func<CancellationToken, Task<string?>>)(_ => Task.FromResult<string?>(p)))]);

    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        var text = Asked < pages.Length ? await pages[Asked++](ct) : null;
        return text is null ? null : new JsonPage(PooledBytes.CopyOf(Encoding.Latin1.GetBytes(text)), text.IndexOf('['));
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
