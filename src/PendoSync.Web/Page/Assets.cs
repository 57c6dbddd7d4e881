using System.Reflection;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>The style sheet and the script, as files of this program.</summary>
internal static class Assets
{
    private static readonly byte[] Style = Read("status.css");
    private static readonly byte[] Script = Read("status.js");

    public static Task StyleAsync(ApiRequest request) => WriteAsync(request, Style, "text/css; charset=utf-8");

    public static Task ScriptAsync(ApiRequest request) => WriteAsync(request, Script, "text/javascript; charset=utf-8");

    private static Task WriteAsync(ApiRequest request, byte[] body, string type)
    {
        request.Context.Response.Headers.CacheControl = "private, max-age=300";
        return Answers.BytesAsync(request.Context, body, type);
    }

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
