using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PendoSync.Operations;
using PendoSync.Reports;

namespace PendoSync.Web.Http;

/// <summary>
/// Lists as files: CSV for spreadsheets, NDJSON for programs. They are written page by page, so a long one costs no memory.
/// </summary>
internal static class Downloads
{
    public const string Csv = "text/csv";
    public const string Ndjson = "application/x-ndjson";

    /// <summary>The media type asked for by <c>?format=</c>, else by Accept; null: the JSON page.</summary>
    public static string? FormatOf(ApiRequest request) => request.Query("format") switch
    {
        "csv" => Csv,
        "ndjson" => Ndjson,
        "json" => null,
        null => AcceptedBy(request.Context.Request),
        _ => throw new ApiException(422, "the format is not known", "format", "Write csv, ndjson or json."),
    };

    /// <summary>Writes a list.</summary>
    /// <param name="request">The request.</param>
    /// <param name="format">Its media type.</param>
    /// <param name="name">File name without ending.</param>
    /// <param name="columns">Columns of CSV.</param>
    /// <param name="limit">Most items; null: all.</param>
    /// <param name="after">Where to begin; null: at the beginning.</param>
    /// <param name="page">Reads a page of at most so many items from behind a place.</param>
    public static async Task WriteAsync<T>(ApiRequest request, string format, string name, IReadOnlyList<CsvColumn<T>> columns,
        int? limit, string? after,
        Func<int, string?, Task<(IReadOnlyList<T> Items, string? Next)>> page)
    {
        var response = request.Context.Response;
        // The first page is read before the answer begins, so that a problem is still one.
        var part = await page(limit ?? SyncService.MaxPage, after);
        response.ContentType = format == Csv ? Csv + "; charset=utf-8; header=present" : Ndjson;
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}.{(format == Csv ? "csv" : "ndjson")}\"";
        if (HttpMethods.IsHead(request.Context.Request.Method))
            return;
        if (format == Csv)
            await response.WriteAsync(CsvLine.Of(columns.Select(c => c.Name)), Encoding.UTF8, request.Ct);
        while (true)
        {
            var text = new StringBuilder();
            foreach (var item in part.Items)
                text.Append(format == Csv ? CsvLine.Of(columns.Select(c => c.Value(item)))
                    : JsonSerializer.Serialize(item, ReportJson.Options) + "\n");
            await response.WriteAsync(text.ToString(), Encoding.UTF8, request.Ct);
            if (limit is not null || part.Next is null)
                return;
            part = await page(SyncService.MaxPage, part.Next);
        }
    }

    private static string? AcceptedBy(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept.Where(a => a.Quality is null or > 0).OrderByDescending(a => a.Quality ?? 1)
            .Select(a => a.MediaType.Value).FirstOrDefault();
        return accepted is Csv or Ndjson ? accepted : null;
    }
}
