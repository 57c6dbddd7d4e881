using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using PendoSync.Engine;
using PendoSync.Runs;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;
using PendoSync.Web.Http;

namespace PendoSync.Tests.Faults;

/// <summary>Requests that nobody meant: each is answered, none breaks the handlers, and what is refused says what and where.</summary>
public sealed class HttpFuzzTests
{
    private const string Key = "the-key";

    private static readonly string[] _words =
        ["api", "syncs", World.Sync, "runs", "rejected", "record", "pause", "resume", "reset", "cancel", "health", "openapi.json", "status",
            "login", "logout", $"{World.Sync}-2516299343979974c8b.1", $"{World.Sync}-1", ".."];

    [Fact]
    public async Task Any_request_is_answered_and_what_is_refused_has_a_place()
    {
        var world = new World(new WorldSetup());
        await using var engine = new SyncEngine(world.Project, WarehouseTypes.All, new MemoryTableStore(),
            new LocalQueue(TimeProvider.System), new Secrets(), new HttpClient(new Away()),
            new EngineOptions { Clock = new HurriedClock() });
        var locked = new SyncApiHandlers(engine, new ApiOptions { Key = _ => ValueTask.FromResult(Key), Clock = new HurriedClock() });
        var open = new SyncApiHandlers(engine, new ApiOptions());
        var statuses = new SortedDictionary<int, int>();
        Fuzz.Check(Requests(), request =>
        {
            var context = request.Context();
            (request.Locked ? locked : open).HandleAsync(context).WaitAsync(TimeSpan.FromMinutes(2)).GetAwaiter().GetResult();
            var body = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
            var status = context.Response.StatusCode;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            Assert.True(status is >= 200 and < 600 and not 500, $"{request}: {status} {body}");
            if (HttpMethods.IsHead(request.Method) && body.Length == 0)
                return;
            if (context.Response.ContentType?.StartsWith("application/problem+json", StringComparison.Ordinal) == true)
                AssertProblem(request, status, body);
            else
                Assert.True(status < 400 || context.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true,
                    $"{request}: {status} {context.Response.ContentType} {body}");
        });
        // Were nearly all refused at the door, nothing would be tested.
        Assert.All(new[] { 200, 202, 400, 401, 404, 405, 409, 422 }, status =>
            Assert.True(statuses.GetValueOrDefault(status) > 3, string.Join(' ', statuses)));
    }

    private static void AssertProblem(Request request, int status, string body)
    {
        using var problem = JsonDocument.Parse(body);
        var root = problem.RootElement;
        Assert.True(root.GetProperty("status").GetInt32() == status && root.GetProperty("title").GetString()!.Length > 0,
            $"{request}: {body}");
        var says = root.GetProperty("detail").GetString()!;
        // The body as a whole has no name; then the fix or the line says where.
        Assert.True(says.Length > 0 && (root.TryGetProperty("place", out _) || root.TryGetProperty("fix", out _)
            || says.Contains("the body", StringComparison.Ordinal)), $"{request}: {body}");
    }

    private static Gen<Request> Requests()
    {
        var segment = Gen.Frequency((6, Gen.Elements(_words)), (1, Fuzz.Text));
        var known = Gen.Elements($"/api/syncs/{World.Sync}/runs", $"/api/syncs/{World.Sync}/reset", $"/api/syncs/{World.Sync}",
            "/api/syncs", $"/api/syncs/{World.Sync}/rejected", $"/api/syncs/{World.Sync}/record", $"/api/syncs/{World.Sync}/pause",
            $"/api/syncs/{World.Sync}/resume");
        var path = Gen.OneOf(known, segment.ListOf().Select(s => "/api/" + string.Join('/', s.Take(5))));
        var name = Gen.Elements("limit", "after", "key", "search", "format", "mode", "x");
        var query = name.SelectMany(_ => Gen.OneOf(Fuzz.Text, Gen.Elements("0", "1", "1000", "1001", "csv", "ndjson", "r1")),
            (n, v) => (n, v)).ListOf();
        var header = Gen.Elements("Accept", "Cookie", "Origin", "Sec-Fetch-Site", "x-form-token", "Host", "Content-Type", "If-None-Match")
            .SelectMany(_ =>
                Gen.OneOf(Fuzz.Text, Gen.Elements("text/csv", "application/x-ndjson", "text/html", "*/*;q=x", "localhost", "evil.example",
                "same-origin", "cross-site", "null", "application/x-www-form-urlencoded")), (n, v) => (n, v)).ListOf();
        var body = Fuzz.Damaged(Gen.OneOf(Gen.Elements("", "{}", """{"mode":"full"}""", """{"forget_events":true}"""),
            Fuzz.Json("mode", "full", "incremental", "forget_events", "key"), Fuzz.Text));
        return Gen.Elements("GET", "POST", "POST", "HEAD", "PUT", "DELETE", "get", "\u00e9")
            .SelectMany(_ => path, (method, at) => new Request(method, at))
            .SelectMany(_ => query, (request, q) => request with { Query = [.. q.Take(3)] })
            .SelectMany(_ => header, (request, h) => request with { Headers = [.. h.Take(2)] })
            .SelectMany(_ => body, (request, b) => request with { Body = b })
            .SelectMany(_ => Gen.Choose(0, 9), (request, n) =>
                request with { Locked = n < 5, Key = n == 0 ? "wrong" : n == 1 ? null : Key });
    }

    // What is answered late on purpose is answered at once.
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }

    private sealed record Request(string Method, string Path)
    {
        public IReadOnlyList<(string Name, string Value)> Query { get; init; } = [];

        public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

        public byte[] Body { get; init; } = [];

        public bool Locked { get; init; }

        public string? Key { get; init; }

        public DefaultHttpContext Context()
        {
            var context =
                new DefaultHttpContext
                {
                    Request = { Method = Method, Scheme = "http", Host = new HostString("localhost"),
                Path = new PathString(Path), Body = new MemoryStream(Body), ContentLength = Body.Length }
                };
            context.Response.Body = new MemoryStream();
            context.Request.QueryString = Query.Count == 0 ? QueryString.Empty
                : QueryString.Create(Query.Select(q => KeyValuePair.Create(q.Name, (string?)Printable(q.Value))));
            foreach (var (name, value) in Headers)
                context.Request.Headers[name] = value;
            if (Key is not null)
                context.Request.Headers["x-functions-key"] = Key;
            return context;
        }

        public override string ToString() =>
            $"{Method} {Cut(Path)} ({Cut(string.Join(' ', Query))}) "
            + $"({Cut(string.Join(' ', Headers))}) {(Locked ? "locked" : "open")} {Key} {Cut(Encoding.UTF8.GetString(Body))}";

        private static string Cut(string text) => text.Length > 300 ? text[..300] + "…" : text;

        // A query string is ASCII; a lone surrogate cannot be escaped.
        private static string Printable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }

    private sealed class Secrets : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) => ValueTask.FromResult("secret");
    }

    /// <summary>Pendo cannot be reached.</summary>
    private sealed class Away : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException(HttpRequestError.ConnectionError);
    }
}
