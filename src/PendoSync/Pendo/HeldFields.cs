using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PendoSync.Definitions;
using PendoSync.Values;

namespace PendoSync.Pendo;

/// <summary>
/// The fields of a kind that are read back, and how they are asked for: <c>POST /aggregation</c> in pages by id (docs/pendo.md).
/// </summary>
internal sealed class HeldFields
{
    private static readonly JsonSerializerOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly PendoObject _target;
    private readonly string _group;
    private readonly bool _selects;
    private readonly byte[][] _utf8;

    /// <summary>
    /// Stands for a field that a row does not send, since it is null there and nulls are skipped: whatever Pendo holds is right.
    /// </summary>
    public const ulong NotSent = ulong.MaxValue;

    /// <summary>Fields by their names in Pendo.</summary>
    public HeldFields(PendoObject target, string idName, string group, IReadOnlyList<(string Name, FieldTarget Target)> fields)
    {
        (_target, IdName, _group) = (target, idName, group);
        Names = [.. fields.Select(f => f.Name)];
        Targets = [.. fields.Select(f => f.Target)];
        _utf8 = [.. Names.Select(Encoding.UTF8.GetBytes)];
        // A name with other characters could be read as an expression: then rows are asked for whole.
        _selects = Names.All(name => NameRules.Fits(NameForm.Field, name));
    }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What each holds.</summary>
    private IReadOnlyList<FieldTarget> Targets { get; }

    /// <summary>What Pendo calls the id.</summary>
    public string IdName { get; }

    /// <summary>The metadata group.</summary>
    public string Group => _group;

    /// <summary>The hash of a field's value; of a flag false and nothing are the same.</summary>
    public ulong HashOf(ref Utf8JsonReader reader, int field, long seed) =>
        _group == SyncDefinition.FlagGroup && reader.TokenType == JsonTokenType.False ? HeldValue.Nothing
            : HeldValue.HashOf(ref reader, Targets[field], seed + field);

    /// <summary>
    /// The hashes of the fields of a record that is sent, <c>{"visitorId":…,"values":{…}}</c>: in their order, some left out.
    /// </summary>
    /// <exception cref="FormatException">It has a field that is not among these.</exception>
    public ulong[] HashesOf(ReadOnlySpan<byte> payload, long seed)
    {
        var hashes = new ulong[Names.Count];
        Array.Fill(hashes, NotSent);
        var reader = new Utf8JsonReader(payload);
        while (reader.Read() && !(reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.StartObject))
        {
        }

        var field = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            do
                field++;
            while (field < _utf8.Length && !reader.ValueTextEquals(_utf8[field]));
            if (field == _utf8.Length)
                throw new FormatException($"the field '{reader.GetString()}' was not there before");
            reader.Read();
            hashes[field] = HashOf(ref reader, field, seed);
        }

        return hashes;
    }

    /// <summary>The fields, by position, that a record sends and Pendo holds otherwise.</summary>
    public static IEnumerable<int> Differing(IReadOnlyList<ulong> sent, IReadOnlyList<ulong> held) =>
        Enumerable.Range(0, sent.Count).Where(i => sent[i] != NotSent && sent[i] != held[i]);

    /// <summary>An id as a text of a filter.</summary>
    public static string Quoted(string id) => JsonSerializer.Serialize(id, _readable);

    /// <summary>The body that asks for one parent account, whole.</summary>
    public static byte[] OneParentAccount(string? filter)
    {
        var pipeline = new JsonArray { new JsonObject { ["source"] = new JsonObject { ["parentAccounts"] = null } } };
        if (filter is not null)
            pipeline.Add(new JsonObject { ["filter"] = filter });
        pipeline.Add(new JsonObject { ["limit"] = 1 });
        return Body(pipeline);
    }

    /// <summary>The body that asks for a page.</summary>
    /// <param name="after">The last id of the page before; null: from the beginning.</param>
    /// <param name="limit">Most rows.</param>
    public byte[] Request(string? after, int limit)
    {
        var pipeline = new JsonArray
        {
            new JsonObject
            {
                ["source"] = _target switch
                {
                    PendoObject.Visitor => new JsonObject { ["visitors"] = new JsonObject { ["identified"] = true } },
                    PendoObject.Account => new JsonObject { ["accounts"] = null },
                    _ => new JsonObject { ["parentAccounts"] = null },
                },
            },
        };
        if (after is not null)
            pipeline.Add(new JsonObject { ["filter"] = $"{IdName}>{Quoted(after)}" });
        // The step before the limit decides which rows it leaves.
        pipeline.Add(new JsonObject { ["sort"] = new JsonArray(IdName) });
        pipeline.Add(new JsonObject { ["limit"] = limit });
        if (_selects)
            pipeline.Add(new JsonObject { ["select"] = Selected() });
        return Body(pipeline);
    }

    private static byte[] Body(JsonArray pipeline) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["response"] = new JsonObject { ["mimeType"] = "application/json" },
        ["request"] = new JsonObject { ["requestId"] = "pendosync", ["pipeline"] = pipeline },
    }, _readable);

    private JsonObject Selected()
    {
        var selected = new JsonObject { ["id"] = IdName };
        for (var i = 0; i < Names.Count; i++)
            selected[$"f{i}"] = $"metadata.{_group}.{Names[i]}";
        return selected;
    }
}
