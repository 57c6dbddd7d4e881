using System.Text;
using System.Text.Json;
using PendoSync.Definitions;

namespace PendoSync.Pendo;

/// <content>What is read, with patience.</content>
public sealed partial class PendoClient
{
    /// <summary><c>GET /api/v1/token/verify</c>: is the key good, and may it write.</summary>
    public async Task<(PendoAnswer Answer, bool Valid, bool CanWrite)> VerifyAsync(CancellationToken ct)
    {
        var answer = await GetAsync("/api/v1/token/verify", ct);
        try
        {
            using var document = JsonDocument.Parse(answer.IsSuccess ? answer.Body : "{}"u8.ToArray());
            return (answer, Flag(document, "valid"), Flag(document, "writeAccess"));
        }
        catch (JsonException)
        {
            return (answer, false, false);
        }
    }

    /// <summary>The fields of a group.</summary>
    /// <exception cref="ProblemException">Configuration for a refused key or address, Connection or Transient otherwise.</exception>
    public async Task<PendoSchema> GetSchemaAsync(PendoObject target, string group, CancellationToken ct)
    {
        var answer = await GetAsync($"/api/v1/metadata/schema/{KindOf(target)}", ct);
        return answer.IsSuccess ? PendoSchema.Parse(answer.Body, group, Place) : throw Problem(answer, "read the fields");
    }

    /// <summary>One record as Pendo holds it (<c>metadata</c> by group), or null when Pendo does not know the id.</summary>
    public async Task<JsonElement?> GetRecordAsync(PendoObject target, string id, CancellationToken ct)
    {
        if (target == PendoObject.ParentAccount)
            return (await ParentAccountsAsync($"{Connection.ParentAccountId}=={HeldFields.Quoted(id)}", ct)).FirstOrDefault();
        // Ids hold anything, slashes included: the base64 form avoids the path.
        var encoded = Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(id)));
        var uri = new Uri(Connection.ApiUrl, $"/api/v1/{KindOf(target)}/{encoded}");
        var answer = await ReadAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.Add("x-pendo-base64-encoded-params", "true");
            return request;
        }, ct);
        if (answer.Status == 404)
            return null;
        if (!answer.IsSuccess)
            throw Problem(answer, "read a record");
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ProblemException(ProblemKind.Transient, "Pendo's answer is no JSON", Place, "Try again.", e);
        }
    }

    /// <summary>
    /// At most one parent account as Pendo holds it: for them there is no address by id. Empty when there is none.
    /// </summary>
    /// <param name="filter">Of which; null: any.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<IReadOnlyList<JsonElement?>> ParentAccountsAsync(string? filter, CancellationToken ct)
    {
        var body = HeldFields.OneParentAccount(filter);
        var answer = await (patience ?? PendoPatience.Short).CallAsync(token => PostAggregationAsync(body, token), MayPass,
            clock ?? TimeProvider.System, ct);
        if (!answer.IsSuccess)
            throw Problem(answer, "read parent accounts");
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return [.. document.RootElement.GetProperty("results").EnumerateArray().Select(r => (JsonElement?)r.Clone())];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ProblemException(ProblemKind.Transient, "Pendo's answer is no list of parent accounts", Place, "Try again.", e);
        }
    }

    private Task<PendoAnswer> GetAsync(string path, CancellationToken ct) =>
        ReadAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(Connection.ApiUrl, path)), ct);

    private Task<PendoAnswer> ReadAsync(Func<HttpRequestMessage> request, CancellationToken ct) =>
        (patience ?? PendoPatience.Short).CallAsync(token => SendAsync(request, Connection.IntegrationKey, CallTimeout, token), MayPass,
            clock ?? TimeProvider.System, ct);

    // A simulator that nobody started on this machine does not come by itself.
    private bool MayPass(PendoAnswer answer) => answer.Fault == CallFault.NotSent ? !Connection.ApiUrl.IsLoopback
        : answer.Fault == CallFault.Ambiguous || answer.Status == 429 || HttpStatus.MayPass(answer.Status);

    private static bool Flag(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var member)
            && member.ValueKind == JsonValueKind.True;
}
