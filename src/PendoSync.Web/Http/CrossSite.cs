using Microsoft.AspNetCore.Http;

namespace PendoSync.Web.Http;

/// <summary>
/// Refuses what another web site made a browser send. Only browsers can be misused so, and browsers tell where a request comes from.
/// </summary>
/// <remarks>
/// https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers
/// </remarks>
internal static class CrossSite
{
    /// <summary>The field of a form, and the header of a script, that hold the form token.</summary>
    public const string TokenField = "form_token";

    /// <summary>The header of a script that holds the form token.</summary>
    public const string TokenHeader = "x-form-token";

    /// <summary>Throws when a request that changes something was not made by our own page, a program, or the key's owner.</summary>
    /// <exception cref="ApiException">403: it comes from another site, or without the form token.</exception>
    public static async Task CheckAsync(HttpContext context, ApiSession session, bool isForm)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || session.Shown == Shown.Header)
            return;
        if (!IsSameSite(context.Request, mustTell: session.Shown == Shown.Cookie))
            throw new ApiException(403, "the request comes from another web site", null,
                "Use the page itself, or send the key in the header x-functions-key.");
        if (!isForm && session.Shown != Shown.Cookie)
            return;
        var token = isForm && context.Request.HasFormContentType
            ? (await ApiRequest.FormAsync(context))[TokenField].ToString()
            : context.Request.Headers[TokenHeader].ToString();
        // Before somebody has logged in there is no token, and nothing to protect but the login itself.
        if (session.Shown != Shown.Nothing && !ApiAccess.IsSame(token, session.FormToken))
            throw new ApiException(403, "the form is too old", null, "Load the page again and repeat what you did.");
    }

    private static bool IsSameSite(HttpRequest request, bool mustTell)
    {
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site))
            return site.ToString() is "same-origin" or "none";
        if (!request.Headers.TryGetValue("Origin", out var origin))
            return !mustTell;
        // A proxy in front keeps the name that the browser used in one of these; no web site can make a browser send them.
        return Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var from)
            && new[] { request.Host.Value, request.Headers["X-Forwarded-Host"].ToString(), request.Headers["DISGUISED-HOST"].ToString() }
                .Any(host => string.Equals(host, from.Authority, StringComparison.OrdinalIgnoreCase));
    }
}
