using Microsoft.AspNetCore.Http;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>The shell everybody may see: it asks for the key once.</summary>
internal sealed class LoginPage(ApiAccess access)
{
    private static Html Wrong => Html.Of($"""
        <p class="problem" role="alert" id="wrong">That is not the key. In Azure it is the secret the app was deployed with;
        on one machine the one named with --key-secret.</p>
        """);

    public Task ShowAsync(HttpContext context, bool wrong = false) => Layout.WriteAsync(context, "Sign in", Html.Of($"""
        <section class="login"><h1>Sign in</h1>
        <p>This page needs the key of the API. It is asked for once and remembered in this browser by a cookie that no script can read.</p>
        {Html.If(wrong, () => Wrong)}
        <form method="post" action="/api/status/login"><input type="hidden" name="next" value="{NextOf(context)}">
        <label for="key">Key</label>
        <input id="key" name="key" type="password" autocomplete="current-password" required autofocus{(wrong
            ? Html.Of($""" aria-describedby="wrong" """) : Html.None)}>
        <button class="main">Sign in</button></form></section>
        """));

    public async Task LoginAsync(ApiRequest request)
    {
        var context = request.Context;
        if (!access.NeedsKey)
        {
            await Answers.SeeOther(context, "/api/status");
            return;
        }

        if (!context.Request.HasFormContentType || context.Request.ContentLength > ApiRequest.MaxBody)
            throw new ApiException(422, "the form is missing", null, "Load the page again.");
        var form = await ApiRequest.FormAsync(context);
        if (await access.TryLoginAsync(context, form["key"].ToString().Trim()))
        {
            await Answers.SeeOther(context, Local(form["next"].ToString()));
            return;
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        await ShowAsync(context, wrong: true);
    }

    public static Task LogoutAsync(ApiRequest request)
    {
        ApiAccess.Logout(request.Context);
        return Answers.SeeOther(request.Context, "/api/status");
    }

    private static string NextOf(HttpContext context) => HttpMethods.IsGet(context.Request.Method) ? context.Request.Path
        + context.Request.QueryString : "/api/status";

    // Only our own pages: an address from a form never leads elsewhere.
    private static string Local(string next) =>
        next.StartsWith("/api/status", StringComparison.Ordinal) && !next.Contains('\\', StringComparison.Ordinal)
            && !next.Any(char.IsControl) ? next : "/api/status";
}
