using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace PendoSync.Web.Http;

/// <summary>How a caller has shown that he may call.</summary>
internal enum Shown
{
    /// <summary>Not at all.</summary>
    Nothing,

    /// <summary>No key is asked for here.</summary>
    NoKeyNeeded,

    /// <summary>The key in the header.</summary>
    Header,

    /// <summary>The cookie of the page.</summary>
    Cookie,
}

/// <summary>Who calls.</summary>
/// <param name="Shown">How he has shown that he may.</param>
/// <param name="FormToken">What a form of the page must send back; empty when he has shown nothing.</param>
internal sealed record ApiSession(Shown Shown, string FormToken);

/// <summary>
/// Decides who may call. The cookie never holds the key: it is a date and a random number, signed with the key, so every
/// instance can judge it and a new key ends it.
/// </summary>
internal sealed class ApiAccess(ApiOptions options, WrongKeys wrong)
{
    /// <summary>The header of the Functions host, used alike everywhere.</summary>
    public const string KeyHeader = "x-functions-key";

    /// <summary>Name of the cookie.</summary>
    public const string CookieName = "pendosync_session";

    private const int NonceBytes = 24;

    private readonly byte[] _own = RandomNumberGenerator.GetBytes(32);

    /// <summary>True when a key is asked for.</summary>
    public bool NeedsKey => options.Key is not null;

    /// <summary>Who calls.</summary>
    public async ValueTask<ApiSession> SessionAsync(HttpContext context)
    {
        if (options.Key is null)
            return new ApiSession(Shown.NoKeyNeeded, Sign(_own, "form:open"));
        if (!context.Request.Headers.ContainsKey(KeyHeader) && !context.Request.Cookies.ContainsKey(CookieName))
            return new ApiSession(Shown.Nothing, "");
        var key = await KeyAsync(context.RequestAborted);
        if (context.Request.Headers.TryGetValue(KeyHeader, out var header))
        {
            if (IsKey(header.ToString(), key))
                return new ApiSession(Shown.Header, "");
            await wrong.AnswerLateAsync(context);
            return new ApiSession(Shown.Nothing, "");
        }

        return context.Request.Cookies[CookieName] is { Length: > 0 } cookie && IsOpen(cookie, key)
            ? new ApiSession(Shown.Cookie, Sign(key, "form:" + cookie))
            : new ApiSession(Shown.Nothing, "");
    }

    /// <summary>True when the text is the key; then the cookie is set.</summary>
    public async ValueTask<bool> TryLoginAsync(HttpContext context, string text)
    {
        var key = await KeyAsync(context.RequestAborted);
        if (!IsKey(text, key))
        {
            await wrong.AnswerLateAsync(context);
            return false;
        }

        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        BinaryPrimitives.WriteInt64BigEndian(nonce, (options.Clock.GetUtcNow() + options.Session).ToUnixTimeSeconds());
        var name = Base64Url.EncodeToString(nonce);
        context.Response.Cookies.Append(CookieName, $"{name}.{Sign(key, "session:" + name)}", Cookie(context, options.Session));
        return true;
    }

    /// <summary>Takes the cookie away.</summary>
    public static void Logout(HttpContext context) => context.Response.Cookies.Delete(CookieName, Cookie(context, null));

    /// <summary>True for localhost, 127.0.0.0/8 and ::1.</summary>
    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // A browser keeps no Secure cookie that came over plain http, and loopback needs no other protection.
    private static CookieOptions Cookie(HttpContext context, TimeSpan? age) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps || !IsLoopback(context.Request.Host.Host),
        Path = "/api",
        MaxAge = age,
    };

    private async ValueTask<byte[]> KeyAsync(CancellationToken ct)
    {
        try
        {
            var key = await options.Key!(ct);
            return key.Length > 0 ? Encoding.UTF8.GetBytes(key)
                : throw new ProblemException(ProblemKind.Configuration, "the API's key is empty", null,
                    "Set the secret to a long random text.");
        }
        catch (ProblemException e)
        {
            // Whatever is to blame, it is not the request; and place and fix are for those who have the key.
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "the key of the API cannot be read", null,
                "Try again; the log tells the cause.")
            { Cause = e.Problem };
        }
    }

    // Both are hashed first, so that not even the length of the key shows in the time it takes.
    private static bool IsKey(string text, byte[] key) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(text)), SHA256.HashData(key));

    private bool IsOpen(string cookie, byte[] key)
    {
        var dot = cookie.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || !IsSame(cookie[(dot + 1)..], Sign(key, "session:" + cookie[..dot])))
            return false;
        var nonce = Base64Url.DecodeFromChars(cookie.AsSpan(0, dot));
        return BinaryPrimitives.ReadInt64BigEndian(nonce) > options.Clock.GetUtcNow().ToUnixTimeSeconds();
    }

    /// <summary>Compares without telling by its time where two texts differ.</summary>
    public static bool IsSame(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));

    private static string Sign(byte[] key, string text) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
}
