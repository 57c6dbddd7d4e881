using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace PendoSync.Web.Http;

/// <summary>Problem details as RFC 9457 has them, with our kind, place and fix.</summary>
internal sealed record ApiProblem
{
    /// <summary>Media type of a problem.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Always about:blank: the status says what kind of problem it is.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The status in words.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>One sentence.</summary>
    public required string Detail { get; init; }

    /// <summary>Who can mend it; null when the request itself is to blame.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProblemKind? Kind { get; init; }

    /// <summary>Where it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Place { get; init; }

    /// <summary>What mends it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Fix { get; init; }

    /// <summary>The run that is in the way.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RunId { get; init; }

    /// <summary>The problem of a request that was refused.</summary>
    public static ApiProblem Of(ApiException e) => new()
    {
        Title = ReasonPhrases.GetReasonPhrase(e.Status),
        Status = e.Status,
        Detail = e.Message,
        Place = e.Place,
        Fix = e.Fix,
        RunId = e.RunId,
    };

    /// <summary>A problem of ours as an answer.</summary>
    public static ApiProblem Of(Problem problem)
    {
        var status = StatusOf(problem.Kind);
        return new ApiProblem
        {
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = problem.Message,
            Kind = problem.Kind,
            Place = problem.Place,
            Fix = problem.Fix,
        };
    }

    /// <summary>Writes it, unless the answer has begun.</summary>
    public Task WriteAsync(HttpContext context)
    {
        if (context.Response.HasStarted)
            return Task.CompletedTask;
        context.Response.StatusCode = Status;
        return Answers.JsonAsync(context, this, MediaType);
    }

    private static int StatusOf(ProblemKind kind) => kind switch
    {
        ProblemKind.Configuration => 422,
        ProblemKind.Conflict or ProblemKind.Limit => 409,
        ProblemKind.Connection => 502,
        ProblemKind.Transient or ProblemKind.Throttled or ProblemKind.State => 503,
        _ => 500,
    };
}
