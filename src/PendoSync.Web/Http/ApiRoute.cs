namespace PendoSync.Web.Http;

/// <summary>One operation: the router finds it, the OpenAPI document describes it.</summary>
/// <param name="Method">GET or POST; a GET also answers HEAD.</param>
/// <param name="Path">Below /api, with <c>{name}</c> for a sync and <c>{id}</c> for a run.</param>
/// <param name="Id">operationId of the document.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Handle">Answers it.</param>
internal sealed record ApiRoute(string Method, string Path, string Id, string Summary, Func<ApiRequest, Task> Handle)
{
    private readonly string[] _segments = Path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Who may call it.</summary>
    public RouteAccess Access { get; init; } = RouteAccess.Key;

    /// <summary>True for the pages people look at; they are not part of the document.</summary>
    public bool IsPage { get; init; }

    /// <summary>Query parameters.</summary>
    public IReadOnlyList<ApiParameter> Query { get; init; } = [];

    /// <summary>Type of the JSON body it reads; null: none.</summary>
    public Type? Body { get; init; }

    /// <summary>Its answers besides those every operation has.</summary>
    public IReadOnlyList<ApiAnswer> Answers { get; init; } = [];

    /// <summary>Names in the path.</summary>
    public IEnumerable<string> PathNames => _segments.Where(IsName).Select(s => s[1..^1]);

    /// <summary>True when a path is this route's; then <paramref name="values"/> holds what stands for its names.</summary>
    public bool Matches(IReadOnlyList<string> segments, out Dictionary<string, string> values)
    {
        values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (segments.Count != _segments.Length)
            return false;
        for (var i = 0; i < _segments.Length; i++)
        {
            if (IsName(_segments[i]))
                values[_segments[i][1..^1]] = segments[i];
            else if (!string.Equals(_segments[i], segments[i], StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    private static bool IsName(string segment) => segment.StartsWith('{');
}

/// <summary>Who may call a route.</summary>
internal enum RouteAccess
{
    /// <summary>Whoever shows the key.</summary>
    Key,

    /// <summary>Everybody.</summary>
    Anonymous,
}

/// <summary>A query parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Schema">JSON Schema type: string or integer.</param>
/// <param name="Required">True when it may not be missing.</param>
internal sealed record ApiParameter(string Name, string Description, string Schema = "string", bool Required = false);

/// <summary>One answer of an operation.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Description">When it comes.</param>
/// <param name="Json">Type of its JSON body; null: a problem for a status from 400 on, no JSON otherwise.</param>
/// <param name="OtherTypes">Other media types it may have.</param>
internal sealed record ApiAnswer(int Status, string Description, Type? Json = null, params string[] OtherTypes);
