using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PendoSync.Reports;

/// <summary>How every object of a report is written, by the command line and over HTTP alike.</summary>
public static class ReportJson
{
    /// <summary>snake_case names and words, nulls written, nothing escaped that JSON does not demand.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>One object as JSON text.</summary>
    public static string Write<T>(T report) => JsonSerializer.Serialize(report, Options);

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DictionaryKeyPolicy = null,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
            TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
        };
        options.MakeReadOnly();
        return options;
    }
}
