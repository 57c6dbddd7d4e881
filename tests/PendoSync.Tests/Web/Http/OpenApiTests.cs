using System.Text.Json.Nodes;
using PendoSync.Tests.Loading;
using PendoSync.Tests.Operations.Served;

namespace PendoSync.Tests.Web.Http;

public sealed class OpenApiTests
{
    [Fact]
    public async Task Every_operation_answers_as_the_document_says()
    {
        await using var world = await ServedProject.CreateAsync();
        world.Write("syncs/broken.yaml", "name: broken\n");
        await world.ServeAsync();
        world.Execute("insert into people values ('v1', 'again')");
        var document = await world.GetAsync("/api/openapi.json");
        Assert.StartsWith("3.1.", (string?)document["openapi"], StringComparison.Ordinal);
        var run = (string)(await world.RunAsync())["run_id"]!;
        (string Method, string Path, string Address, string? Body)[] calls =
        [
            ("get", "/api/health", "/api/health", null),
            ("get", "/api/openapi.json", "/api/openapi.json", null),
            ("get", "/api/syncs", "/api/syncs", null),
            ("get", "/api/syncs/{name}", "/api/syncs/people", null),
            ("get", "/api/syncs/{name}", "/api/syncs/broken", null),
            ("get", "/api/syncs/{name}", "/api/syncs/nobody", null),
            ("post", "/api/syncs/{name}/runs", "/api/syncs/people/runs", """{"mode":"full"}"""),
            ("post", "/api/syncs/{name}/runs", "/api/syncs/people/runs", "{"),
            ("post", "/api/syncs/{name}/runs", "/api/syncs/people/runs", """{"mode":1}"""),
            ("get", "/api/syncs/{name}/runs", "/api/syncs/people/runs", null),
            ("get", "/api/runs/{id}", $"/api/runs/{run}", null),
            ("get", "/api/runs/{id}", "/api/runs/none", null),
            ("post", "/api/runs/{id}/cancel", $"/api/runs/{run}/cancel", null),
            ("get", "/api/syncs/{name}/rejected", "/api/syncs/people/rejected", null),
            ("get", "/api/syncs/{name}/problems", "/api/syncs/people/problems", null),
            ("get", "/api/syncs/{name}/problems", "/api/syncs/people/problems?outcome=odd", null),
            ("post", "/api/syncs/{name}/plan", "/api/syncs/people/plan", """{"mode":"full"}"""),
            ("post", "/api/syncs/{name}/check", "/api/syncs/people/check", null),
            ("post", "/api/syncs/{name}/compare", "/api/syncs/people/compare", null),
            ("post", "/api/syncs/{name}/adopt", "/api/syncs/people/adopt", null),
            ("get", "/api/results/{id}", "/api/results/none", null),
            ("get", "/api/runs", "/api/runs?sync=people&state=completed_with_errors", null),
            ("get", "/api/runs", "/api/runs?state=odd", null),
            ("get", "/api/syncs/{name}/record", "/api/syncs/people/record?key=v1", null),
            ("get", "/api/syncs/{name}/record", "/api/syncs/people/record?key=nobody", null),
            ("get", "/api/syncs/{name}/record", "/api/syncs/people/record", null),
            ("post", "/api/syncs/{name}/pause", "/api/syncs/people/pause", null),
            ("post", "/api/syncs/{name}/runs", "/api/syncs/people/runs", "{}"),
            ("post", "/api/syncs/{name}/resume", "/api/syncs/people/resume", null),
            ("post", "/api/syncs/{name}/reset", "/api/syncs/people/reset", "{}"),
            ("post", "/api/syncs/{name}/doubt", "/api/syncs/people/doubt", """{"send":true}"""),
        ];
        foreach (var (method, path, address, body) in calls)
            await CheckAsync(world, document, method, path, address, body);
        var described = document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(m => (m.Key, p.Key)));
        Assert.Empty(described.Except(calls.Select(c => (c.Method, c.Path))));
    }

    [Fact]
    public async Task Key_is_part_of_the_document()
    {
        await using var world = await ServedProject.StartAsync(keySecret: "api-key");
        var document = await world.GetAsync("/api/openapi.json");
        Assert.Equal("x-functions-key", (string?)document["components"]!["securitySchemes"]!["key"]!["name"]);
        await CheckAsync(world, document, "get", "/api/syncs", "/api/syncs", null);
    }

    [Fact]
    public async Task Answers_that_no_operation_asks_for_are_in_the_document_too()
    {
        await using var world = await ServedProject.StartAsync();
        var document = await world.GetAsync("/api/openapi.json");
        foreach (var path in new[] { "/api/syncs", "/api/health" })
        {
            using var foreign = new HttpRequestMessage(HttpMethod.Get, path);
            foreign.Headers.Host = "evil.example";
            using var misdirected = await world.Http.SendAsync(foreign);
            await CheckAsync(document["paths"]![path]!["get"]!["responses"]!["421"], document, misdirected, 421);
            using var delete = await world.Http.DeleteAsync(path);
            Assert.Equal(["GET"], delete.Content.Headers.Allow);
            await CheckAsync(document["paths"]![path]!["get"]!["responses"]!["default"], document, delete, 405);
        }
    }

    [Fact]
    public async Task More_wrong_keys_than_wait_in_turn_are_refused_at_once_as_the_document_says_and_the_right_one_is_not()
    {
        await using var world = await ServedProject.StartAsync(keySecret: "api-key");
        var document = await world.GetAsync("/api/openapi.json");
        using var guessing = new CancellationTokenSource();
        var guesses = Enumerable.Range(0, 120).Select(i => GuessAsync(i % 2 == 0 ? "/api/syncs" : "/api/health")).ToList();
        HttpResponseMessage refused;
        do
        {
            var answered = await Task.WhenAny(guesses);
            guesses.Remove(answered);
            refused = await answered;
        }
        while ((int)refused.StatusCode == 401);
        await CheckAsync(document["paths"]![refused.RequestMessage!.RequestUri!.AbsolutePath]!["get"]!["responses"]!["429"], document,
            refused, 429);
        Assert.Equal(200, (await world.SendAsync(HttpMethod.Get, "/api/syncs", null, ("x-functions-key", ServedProject.Key))).Status);
        await guessing.CancelAsync();

        async Task<HttpResponseMessage> GuessAsync(string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("x-functions-key", "a guess");
            return await world.Http.SendAsync(request, guessing.Token);
        }
    }

    private static async Task CheckAsync(ServedProject world, JsonNode document, string method, string path, string address, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), address)
        {
            Content = body is null
            ? null : new StringContent(body)
        };
        using var answer = await world.Http.SendAsync(request);
        await CheckAsync(document["paths"]?[path]?[method]?["responses"]?[$"{(int)answer.StatusCode}"], document, answer,
            (int)answer.StatusCode);
    }

    private static async Task CheckAsync(JsonNode? described, JsonNode document, HttpResponseMessage answer, int status)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.True(described is not null, $"{answer.RequestMessage} was answered with {status}, which the document does not know");
        var type = answer.Content.Headers.ContentType!.MediaType!;
        var schema = described["content"]?[type]?["schema"];
        Assert.True(schema is not null, $"{answer.RequestMessage} was answered with {type}, which the document does not know");
        var found = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal([], MiniSchema.Errors(Inlined(schema, document), found));
    }

    // References lead out of the one schema that is judged.
    private static JsonNode Inlined(JsonNode schema, JsonNode document)
    {
        if ((string?)(schema as JsonObject)?["$ref"] is { } reference)
            return Inlined(reference.TrimStart('#', '/').Split('/').Aggregate(document, (node, name) => node[name]!), document);
        return schema switch
        {
            JsonObject members =>
                new JsonObject(members.Where(m => m.Key != "format")
                .Select(m => KeyValuePair.Create(m.Key, m.Value is null ? null : (JsonNode?)Inlined(m.Value, document)))),
            JsonArray items => new JsonArray([.. items.Select(i => i is null ? null : Inlined(i, document))]),
            JsonValue word when word.TryGetValue<bool>(out var anything) && anything => new JsonObject(),
            _ => schema.DeepClone(),
        };
    }
}
