using System.Text.Json;

namespace PendoSync.Pendo;

/// <summary>A metadata field as Pendo spells it.</summary>
/// <param name="Name">Pendo's spelling; sent exactly so.</param>
/// <param name="Type">Pendo's type name: string, boolean, integer, int, float, time, list, or empty when unknown.</param>
public sealed record PendoField(string Name, string Type);

/// <summary>A field to be made with <c>POST /metadata/schema/{kind}/{group}</c>.</summary>
/// <param name="Name">Field name.</param>
/// <param name="Type">string, number, time or boolean.</param>
public sealed record NewField(string Name, string Type);

/// <summary>The fields of one group of one kind, found without regard to case.</summary>
public sealed class PendoSchema
{
    private readonly Dictionary<string, PendoField> _fields;

    /// <summary>A schema of given fields.</summary>
    public PendoSchema(IEnumerable<PendoField> fields)
    {
        _fields = new Dictionary<string, PendoField>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in fields)
            _fields.TryAdd(field.Name, field);
    }

    /// <summary>The flags of Pendo's own group, which its schema need not list.</summary>
    public static PendoSchema Flags { get; } =
        new([new PendoField("donotprocess", "boolean"), new PendoField("blacklistguides", "boolean")]);

    /// <summary>All fields.</summary>
    public IReadOnlyCollection<PendoField> Fields => _fields.Values;

    /// <summary>The field of that name in any case, or null.</summary>
    public PendoField? Find(string name) => _fields.GetValueOrDefault(name);

    /// <summary>The first field whose name has the same letters and digits, or null.</summary>
    public PendoField? FindAlike(string name)
    {
        return _fields.Values.FirstOrDefault(f => Core(f.Name).Equals(Core(name), StringComparison.OrdinalIgnoreCase));

        static string Core(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit));
    }

    /// <summary>
    /// Reads the answer of <c>GET /metadata/schema/{kind}</c>: an object by group, then by field, member names in either case; deleted
    /// fields do not count.
    /// </summary>
    /// <exception cref="ProblemException">Transient: the answer is not of that shape.</exception>
    public static PendoSchema Parse(ReadOnlySpan<byte> body, string group, string place)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var fields = new List<PendoField>();
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new JsonException();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!string.Equals(member.Name, group, StringComparison.OrdinalIgnoreCase)
                    || member.Value.ValueKind != JsonValueKind.Object)
                    continue;
                foreach (var field in member.Value.EnumerateObject())
                    if (!Flag(field.Value, "isDeleted"))
                        fields.Add(new PendoField(field.Name, Text(field.Value, "Type") ?? ""));
            }

            return new PendoSchema(fields);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ProblemException(ProblemKind.Transient, "Pendo's schema answer could not be read", place,
                "Try again; check that api_url points to Pendo.", e);
        }
    }

    private static string? Text(JsonElement field, string name) =>
        Member(field, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static bool Flag(JsonElement field, string name) => Member(field, name) is { ValueKind: JsonValueKind.True };

    private static JsonElement? Member(JsonElement field, string name)
    {
        if (field.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var member in field.EnumerateObject())
            if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
                return member.Value;
        return null;
    }
}
