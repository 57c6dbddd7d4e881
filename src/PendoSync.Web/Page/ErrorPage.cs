using Microsoft.AspNetCore.Http;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>A problem as a page.</summary>
internal static class ErrorPage
{
    public static Task WriteAsync(HttpContext context, ApiProblem problem)
    {
        if (context.Response.HasStarted)
            return Task.CompletedTask;
        context.Response.StatusCode = problem.Status;
        return Layout.WriteAsync(context, problem.Title, Html.Of($"""
            <h1>{problem.Title}</h1>
            {Components.Problem(new Problem(ProblemKind.Internal, problem.Detail, problem.Place, problem.Fix))}
            <p><a href="/api/status">Back to the syncs</a></p>
            """));
    }
}
