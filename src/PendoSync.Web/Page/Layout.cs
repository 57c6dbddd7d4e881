using System.Text;
using Microsoft.AspNetCore.Http;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>What stands around every page.</summary>
internal static class Layout
{
    /// <summary>Writes a page of somebody who may see it all: with the ways to the other pages and the search for a record.</summary>
    /// <param name="request">The request.</param>
    /// <param name="access">Whether there is a session to end.</param>
    /// <param name="title">Its heading in the browser's tab.</param>
    /// <param name="main">What it shows.</param>
    /// <param name="refresh">True: its script loads it again by itself.</param>
    /// <param name="here">The entry of the navigation it belongs to.</param>
    /// <param name="sync">The sync it is about: a record is looked up there.</param>
    public static Task WriteAsync(ApiRequest request, ApiAccess access, string title, Html main, bool refresh = false, string here = "",
        string? sync = null) => WriteAsync(request.Context, title, main, refresh, Html.Of($"""
        <nav aria-label="Pages">{Entry("Overview", "/api/status", here)}{Entry("Runs", "/api/status/runs", here)}</nav>
        <form class="find" role="search" method="get" action="/api/status/record">
        {(sync is null ? Html.None : Html.Of($"""<input type="hidden" name="sync" value="{sync}">"""))}
        <label class="unseen" for="key-of-record">Find a record by its id</label>
        <input id="key-of-record" name="key" type="search" required placeholder="Find a record by its id"><button>Find</button></form>
        {Parts.Logout(access, request.Session)}
        """));

    /// <summary>Writes a page that anybody may see.</summary>
    public static Task WriteAsync(HttpContext context, string title, Html main, bool refresh = false, Html head = default)
    {
        var page = Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} · pendosync</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="/api/status.css">
            <script src="/api/status.js" defer></script>
            </head>
            <body>
            <a class="skip" href="#main">Skip to content</a>
            <header><a class="brand" href="/api/status">pendosync</a>{head}</header>
            <main id="main" data-refresh="{(refresh ? "5" : "")}">
            {main}
            </main>
            </body>
            </html>

            """);
        return Answers.BytesAsync(context, Encoding.UTF8.GetBytes(page.ToString()), "text/html; charset=utf-8");
    }

    private static Html Entry(string name, string address, string here) =>
        Html.Of($"""<a href="{address}"{(name == here ? Html.Of($" aria-current=\"page\"") : Html.None)}>{name}</a>""");
}
