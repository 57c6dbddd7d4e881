using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PendoSync.Operations;

namespace PendoSync.Web.Http;

/// <summary>One request on its way through a handler.</summary>
/// <param name="Context">The HTTP side.</param>
/// <param name="Values">What stands for the names in the path.</param>
/// <param name="Session">Who calls.</param>
internal sealed record ApiRequest(HttpContext Context, IReadOnlyDictionary<string, string> Values, ApiSession Session)
{
    /// <summary>Most bytes of a body.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>Ends when the caller goes away.</summary>
    public CancellationToken Ct => Context.RequestAborted;

    /// <summary>The sync of the path.</summary>
    public string Sync => Values["name"];

    /// <summary>The run of the path.</summary>
    public string RunId => Values["id"];

    /// <summary>A query parameter; null when it is missing or empty.</summary>
    /// <exception cref="ApiException">422: it is given more than once.</exception>
    public string? Query(string name) => Context.Request.Query[name] switch
    {
        { Count: > 1 } => throw new ApiException(422, $"{name} is given more than once", name, $"Write {name} once."),
        var one => one.ToString() is { Length: > 0 } text ? text : null,
    };

    /// <summary>The page size asked for; null when none was.</summary>
    /// <exception cref="ApiException">422: not a number from 1 to 1000.</exception>
    public int? Limit() => Query("limit") is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= SyncService.MaxPage
            ? limit
        : throw new ApiException(422, $"limit is not a whole number from 1 to {SyncService.MaxPage}", "limit",
            $"Write ?limit=100, or leave it out.");

    /// <summary>The body as a JSON object; an empty body is an empty object.</summary>
    /// <exception cref="ApiException">400: no JSON. 413: too large. 422: not an object, or a member that is not known.</exception>
    public async Task<JsonElement> BodyAsync(params string[] members)
    {
        var bytes = await ReadAsync();
        try
        {
            using var document = JsonDocument.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes);
            var body = document.RootElement.Clone();
            if (body.ValueKind != JsonValueKind.Object)
                throw new ApiException(422, "the body is not a JSON object", null, "Send {} or leave the body out.");
            foreach (var member in body.EnumerateObject())
            {
                if (!members.Contains(member.Name))
                    throw new ApiException(422, $"the body has the unknown member '{member.Name}'", member.Name,
                        $"Known members: {string.Join(", ", members)}.");
                _ = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
            }

            return body;
        }
        catch (InvalidOperationException)
        {
            // JSON in form, but bytes that are no UTF-8 or half a surrogate pair are seen only when the text is taken.
            throw new ApiException(400, "the body holds text that is not Unicode", null, "Send it as UTF-8.");
        }
        catch (JsonException e)
        {
            throw new ApiException(400, $"the body is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})", null,
                "Send {} or leave the body out.");
        }
    }

    /// <summary>The body as a form.</summary>
    /// <exception cref="ApiException">400: it is not what its content type says.</exception>
    public static async Task<IFormCollection> FormAsync(HttpContext context)
    {
        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or (IOException and not BadHttpRequestException))
        {
            throw new ApiException(400, "the form cannot be read", null, "Load the page again.");
        }
    }

    private async Task<byte[]> ReadAsync()
    {
        var buffer = new byte[MaxBody + 1];
        var length = await Context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, Ct);
        return length > MaxBody ? throw TooLarge() : buffer[..length];
    }

    /// <summary>A body beyond the limit.</summary>
    public static ApiException TooLarge() =>
        new(413, $"the body has more than {MaxBody / 1024} KB", null, "No operation takes a body of that size.");
}
