using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace PendoSync.Tests.Warehouses.PagingKit;

/// <summary>
/// What comes between a system and its client in the field, as a success: none of these is a page of rows, and none may be read as "no
/// rows".
/// </summary>
internal static class HostilePages
{
    /// <summary>Each kind by its name, made of the good answer.</summary>
    public static IReadOnlyDictionary<string, Func<StandInAnswer, StandInAnswer>> Kinds { get; } =
        new Dictionary<string, Func<StandInAnswer, StandInAnswer>>
        {
            ["a sign-in page"] = a => a with { Body = "<!doctype html><html><body>Sign in</body></html>", ContentType = "text/html" },
            ["html under the name of json"] = a => a with { Body = "<html>proxy</html>" },
            ["nothing"] = a => a with { Body = "" },
            ["an empty object"] = a => a with { Body = "{}" },
            ["null"] = a => a with { Body = "null" },
            ["an error as success"] = a => a with { Body = """{"error":{"message":"backend"}}""" },
            ["half a page"] = a => a with { Body = a.Body[..(a.Body.Length / 2)] },
            ["a page and more"] = a => a with { Body = a.Body + "<!-- proxy -->" },
            ["a cut connection"] = a => a with { CutOff = true },
            ["text said to be gzip"] = a => a with { SaidToBeGzip = Encoding.UTF8.GetBytes(a.Body) },
            ["half a gzip"] = a => a with { SaidToBeGzip = Gzip(a.Body)[..^12] },
            ["202"] = a => a with { Status = 202 },
            ["203"] = a => a with { Status = 203 },
            ["204"] = a => a with { Status = 204 },
            ["206"] = a => a with { Status = 206 },
        };

    /// <summary>The JSON without the member at this path.</summary>
    public static string Without(string json, params string[] path)
    {
        var root = JsonNode.Parse(json)!;
        var parent = root;
        foreach (var name in path[..^1])
            parent = parent![name];
        Assert.True(((JsonObject)parent!).Remove(path[^1]), $"the answer has no '{string.Join('.', path)}' that could be missing: {json}");
        return root.ToJsonString();
    }

    /// <summary>The JSON whose array at this path has lost its last element.</summary>
    public static string WithoutLast(string json, params string[] path)
    {
        var root = JsonNode.Parse(json)!;
        var rows = (JsonArray)path.Aggregate(root, (node, name) => node[name]!);
        rows.RemoveAt(rows.Count - 1);
        return root.ToJsonString();
    }

    private static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }
}
