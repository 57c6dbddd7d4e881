using System.Text;
using System.Text.Json;
using PendoSimulator.Records;

namespace PendoSimulator.Api;

/// <summary>Why a whole bulk call is refused, and with which status.</summary>
internal sealed class BadBulkException(int status, string message) : Exception(message)
{
    public int Status => status;
}

/// <summary>Reads the body of <c>POST /metadata/{kind}/{group}/value</c> straight from its bytes into a batch.</summary>
internal sealed class BulkParser(SimulatorOptions options, RecordKind kind, string group, BulkBatch batch)
{
    private readonly byte[] idProperty = kind.IdProperty(options);
    private readonly bool storesEmptyText = options.EmptyText == EmptyTextPolicy.Store;
    private FieldSet fields = kind.Fields;
    private int nextField;

    private string IdName => Encoding.UTF8.GetString(idProperty);

    /// <exception cref="BadBulkException">The shape is wrong, or the policy refuses the whole call.</exception>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public void Parse(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Malformed("The body must be an array of records.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            ParseRecord(ref reader);
        reader.Read();
    }

    private void ParseRecord(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Malformed($"Record {batch.Records.Count + 1} is not an object.");
        var (idStart, idLength, first, values) = (-1, 0, batch.ChangeCount, false);
        string? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(idProperty))
            {
                reader.Read();
                (idStart, idLength) = ReadId(ref reader);
            }
            else if (reader.ValueTextEquals("values"u8))
            {
                reader.Read();
                values = reader.TokenType == JsonTokenType.StartObject
                    ? ParseValues(ref reader, ref error)
                    : throw Malformed($"values of record {batch.Records.Count + 1} is not an object.");
            }
            else
            {
                reader.Skip();
            }
        }
        if (idStart < 0 || !values)
            throw Malformed($"Record {batch.Records.Count + 1} needs {IdName} and values.");
        if (idLength == 0)
            error ??= "the id must not be empty";
        if (error is not null)
            batch.DropChangesFrom(first);
        batch.Records.Add(new(idStart, idLength, first, batch.ChangeCount - first, error));
    }

    private (int Start, int Length) ReadId(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw Malformed($"{IdName} of record {batch.Records.Count + 1} is not a string.");
        var length = reader.CopyString(batch.ReserveId(reader.ValueSpan.Length));
        return (batch.TakeId(length), length);
    }

    private bool ParseValues(ref Utf8JsonReader reader, ref string? error)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = fields.Find(group, ref reader, ref nextField, options.FieldNamesIgnoreCase) ?? UnknownField(ref reader, ref error);
            reader.Read();
            if (field is null)
                reader.Skip();
            else
                ParseValue(ref reader, field, ref error);
        }
        return true;
    }

    private void ParseValue(ref Utf8JsonReader reader, Field field, ref string? error)
    {
        if (reader.TokenType == JsonTokenType.Null && options.Null != NullPolicy.TypeMismatch)
        {
            if (options.Null == NullPolicy.Clear)
                batch.Add(ValueChange.Clear(field.Index));
            return;
        }
        if (!storesEmptyText && ValueReader.IsEmptyText(ref reader))
        {
            if (options.EmptyText == EmptyTextPolicy.Clear)
                batch.Add(ValueChange.Clear(field.Index));
            return;
        }
        var start = batch.Values.Length;
        if (ValueReader.TryRead(ref reader, field.Type, options.TimeTakesEpochMilliseconds, batch.Values))
        {
            batch.Add(new(field.Index, start, batch.Values.Length - start));
            return;
        }
        var problem = $"field {CanonicalJson.Quote(field.Name)} must be {field.Expected}";
        if (options.TypeMismatch == TypeMismatchPolicy.Reject400)
            throw new BadBulkException(400, $"Record {batch.Records.Count + 1}: {problem}.");
        error ??= problem;
    }

    private Field? UnknownField(ref Utf8JsonReader reader, ref string? error)
    {
        var name = reader.GetString()!;
        switch (options.UnknownField)
        {
            case UnknownFieldPolicy.AutoCreateText:
                var (field, _) = kind.AddField(group, name, "string", name, options.FieldNamesIgnoreCase);
                fields = kind.Fields;
                return field;
            case UnknownFieldPolicy.PerRecordError:
                error ??= $"field {CanonicalJson.Quote(name)} does not exist in group {group}";
                return null;
            default:
                throw new BadBulkException(400, $"Missing field mapping: {kind.Name}.{group}.{name}.");
        }
    }

    private BadBulkException Malformed(string message) => new(options.MalformedBulkStatus, message);
}
