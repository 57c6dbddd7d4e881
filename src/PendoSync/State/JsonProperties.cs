using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PendoSync.State;

/// <summary>
/// The properties of one entity as one JSON text, so that a row is read and written with one statement and by anybody with sqlite3.
/// Text, flags and whole numbers are JSON's own; <c>{"time": …}</c>, <c>{"double": …}</c> and <c>{"binary": true}</c> are what JSON does
/// not have. A binary's bytes are kept apart, so that a query for keys or small columns reads no page of them.
/// </summary>
internal static class JsonProperties
{
    private const string Time = "time";
    private const string Double = "double";
    private const string Binary = "binary";

    /// <summary>Writes all properties.</summary>
    public static string Write(TableRow row)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in row.Properties)
            {
                json.WritePropertyName(name);
                Write(json, value);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>Puts the chosen properties (null: all) into a row; returns the names of chosen ones that are kept apart.</summary>
    public static IReadOnlyList<string> Read(string table, string text, TableRow row, IReadOnlyList<string>? columns)
    {
        List<string>? apart = null;
        try
        {
            using var json = JsonDocument.Parse(text);
            foreach (var property in json.RootElement.EnumerateObject().Where(p => columns?.Contains(p.Name) != false))
            {
                if (Read(property.Value) is { } value)
                    row[property.Name] = value;
                else
                    (apart ??= []).Add(property.Name);
            }
        }
        catch (Exception e) when (
            e is JsonException or FormatException or OverflowException or InvalidOperationException or ArgumentException)
        {
            throw new DamagedRowException(table, row, e);
        }

        return apart ?? (IReadOnlyList<string>)[];
    }

    private static void Write(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                Tagged(json, Double, number.ToString("R", CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset time:
                Tagged(json, Time, time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                break;
            case byte[]:
                json.WriteStartObject();
                json.WriteBoolean(Binary, true);
                json.WriteEndObject();
                break;
            default:
                throw new ProblemException(ProblemKind.Internal, $"no table store keeps a {value.GetType().Name}");
        }
    }

    private static void Tagged(Utf8JsonWriter json, string kind, string text)
    {
        json.WriteStartObject();
        json.WriteString(kind, text);
        json.WriteEndObject();
    }

    // Null: a binary, which is kept apart.
    private static object? Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.Object when value.TryGetProperty(Binary, out _) => null,
        JsonValueKind.Object when value.TryGetProperty(Double, out var number) =>
            double.Parse(number.GetString()!, CultureInfo.InvariantCulture),
        JsonValueKind.Object when value.TryGetProperty(Time, out var time) =>
            new DateTimeOffset(
                DateTime.ParseExact(time.GetString()!, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind), TimeSpan.Zero),
        var unknown => throw new FormatException($"a property is {unknown}"),
    };
}
