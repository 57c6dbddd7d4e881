using System.Text.Json;

namespace PendoSimulator.Records;

/// <summary>Reads one JSON value as a field's type demands and appends its canonical form.</summary>
internal static class ValueReader
{
    public static bool IsEmptyText(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty;

    /// <summary>Returns false, with the value skipped, if the value does not fit the field.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, FieldType type, bool timeTakesMilliseconds, ByteBuffer to)
    {
        var start = to.Length;
        var fits = reader.TokenType switch
        {
            JsonTokenType.String => ReadText(ref reader, type, to),
            JsonTokenType.Number => ReadNumber(ref reader, type, timeTakesMilliseconds, to, start),
            JsonTokenType.True or JsonTokenType.False => ReadBoolean(ref reader, type, to),
            JsonTokenType.StartArray => ReadList(ref reader, type, to),
            _ => false,
        };
        if (fits)
            return true;
        to.CutTo(start);
        reader.Skip();
        return false;
    }

    private static bool ReadText(ref Utf8JsonReader reader, FieldType type, ByteBuffer to)
    {
        if (type is not (FieldType.Text or FieldType.Any) && !(type is FieldType.Time && IsRfc3339(ref reader)))
            return false;
        CanonicalJson.AppendString(ref reader, to);
        return true;
    }

    private static bool ReadNumber(ref Utf8JsonReader reader, FieldType type, bool timeTakesMilliseconds, ByteBuffer to, int start)
    {
        CanonicalJson.AppendNumber(reader.ValueSpan, to);
        var whole = to.Slice(start, to.Length - start).IndexOfAny(".eE"u8) < 0;
        return type switch
        {
            FieldType.Number or FieldType.Any => true,
            FieldType.Integer => whole,
            FieldType.Time => timeTakesMilliseconds && whole,
            _ => false,
        };
    }

    private static bool ReadBoolean(ref Utf8JsonReader reader, FieldType type, ByteBuffer to)
    {
        to.Append(reader.TokenType == JsonTokenType.True ? "true"u8 : "false"u8);
        return type is FieldType.Boolean or FieldType.Any;
    }

    private static bool ReadList(ref Utf8JsonReader reader, FieldType type, ByteBuffer to)
    {
        if (type is not (FieldType.List or FieldType.Any))
            return false;
        var fits = true;
        to.Append((byte)'[');
        for (var count = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                fits = false;
                reader.Skip();
                continue;
            }
            if (count > 0)
                to.Append((byte)',');
            CanonicalJson.AppendString(ref reader, to);
        }
        to.Append((byte)']');
        return fits;
    }

    /// <summary>A date, a T, a time and an offset or Z (Pendo SUP-360038273392, sample layout 2026-01-02T15:04:05.999-05:00).</summary>
    private static bool IsRfc3339(ref Utf8JsonReader reader)
    {
        var text = reader.ValueSpan;
        return text.Length >= "2026-01-02T15:04:05Z".Length && !reader.ValueIsEscaped
            && (text[^1] == (byte)'Z' || text[^6] is (byte)'+' or (byte)'-')
            && reader.TryGetDateTimeOffset(out _);
    }
}
