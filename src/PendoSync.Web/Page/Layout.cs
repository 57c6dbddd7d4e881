using System.Text;
using Microsoft.AspNetCore.Http;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>What stands around every page.</summary>
internal static class Layout
{
    /// <summary>Writes a page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="title">Its heading in the browser's tab.</param>
    /// <param name="main">What it shows.</param>
    /// <param name="refresh">True: its script loads it again by itself.</param>
    /// <param name="logout">The button that ends the session.</param>
    public static Task WriteAsync(HttpContext context, string title, Html main, bool refresh = false, Html logout = default)
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
            <header><a class="brand" href="/api/status">pendosync</a>{logout}</header>
            <main id="main" data-refresh="{(refresh ? "5" : "")}">
            {main}
            </main>
            </body>
            </html>

            """);
        return Answers.BytesAsync(context, Encoding.UTF8.GetBytes(page.ToString()), "text/html; charset=utf-8");
    }
}
