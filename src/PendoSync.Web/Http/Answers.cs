using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PendoSync.Reports;

namespace PendoSync.Web.Http;

/// <summary>Writes answers.</summary>
internal static class Answers
{
    /// <summary>An object as JSON; the status was set before, or is 200.</summary>
    public static Task JsonAsync<T>(HttpContext context, T body, string mediaType = "application/json") =>
        BytesAsync(context, JsonSerializer.SerializeToUtf8Bytes(body, ReportJson.Options), mediaType);

    /// <summary>Bytes of a media type.</summary>
    public static Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> body, string mediaType)
    {
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Sends a browser on after a form.</summary>
    public static Task SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
        return Task.CompletedTask;
    }
}
