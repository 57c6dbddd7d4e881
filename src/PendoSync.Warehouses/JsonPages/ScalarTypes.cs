using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>true or false, as JSON or as text.</summary>
internal sealed class BooleanType : JsonType
{
    public override ColumnKind Kind => ColumnKind.Boolean;

    public override Type FieldType => typeof(bool);

    public override bool GetBoolean(JsonValue value) => value.Bytes switch
    {
        [(byte)'t' or (byte)'T', (byte)'r', (byte)'u', (byte)'e'] or [(byte)'1'] => true,
        [(byte)'f' or (byte)'F', (byte)'a', (byte)'l', (byte)'s', (byte)'e'] or [(byte)'0'] => false,
        _ => throw new FormatException("not true or false"),
    };

    public override object GetValue(JsonValue value) => GetBoolean(value);
}

/// <summary>
/// A whole number in decimal, as JSON number or as text. One past 64 bits cannot be read as long, only as decimal or text.
/// </summary>
internal sealed class IntegerType : JsonType
{
    public override ColumnKind Kind => ColumnKind.Integer;

    public override Type FieldType => typeof(long);

    public override long GetInt64(JsonValue value) =>
        long.TryParse(value.Bytes, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw (value.Bytes.IndexOfAnyExcept("0123456789-+"u8) < 0
                ? new OverflowException("the number does not fit 64 bits")
                : new FormatException("not a whole number"));

    public override decimal GetDecimal(JsonValue value) => ExactDecimal.Parse(value.Bytes);

    public override double GetDouble(JsonValue value) => GetInt64(value);

    public override string GetString(JsonValue value) => value.Text();

    public override object GetValue(JsonValue value) => GetInt64(value);
}

/// <summary>A whole number that may be wider than 64 bits (NUMBER(38,0), unsigned_long), with all its digits.</summary>
internal sealed class WideIntegerType : JsonType
{
    public override ColumnKind Kind => ColumnKind.Integer;

    public override Type FieldType => typeof(BigInteger);

    // What IntegerType says of a number that does not fit counts here too: a time or a cursor of that size is none.
    public override long GetInt64(JsonValue value) => _narrow.GetInt64(value);

    public override decimal GetDecimal(JsonValue value) => ExactDecimal.Parse(value.Bytes);

    public override double GetDouble(JsonValue value) => GetInt64(value);

    public override string GetString(JsonValue value) => ((BigInteger)GetValue(value)).ToString("D", CultureInfo.InvariantCulture);

    public override object GetValue(JsonValue value) =>
        BigInteger.Parse(value.Text(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static readonly IntegerType _narrow = new();
}

/// <summary>An exact decimal; as text when the column may be wider than .NET's decimal.</summary>
/// <param name="digits">The column's declared precision, or null when unknown.</param>
internal sealed class DecimalType(int? digits) : JsonType
{
    private readonly bool _wide = digits is null or > ExactDecimal.SafeDigits;

    public override ColumnKind Kind => ColumnKind.Decimal;

    public override Type FieldType => _wide ? typeof(string) : typeof(decimal);

    public override decimal GetDecimal(JsonValue value) => ExactDecimal.Parse(value.Bytes);

    public override double GetDouble(JsonValue value) => double.Parse(value.Bytes, NumberStyles.Float, CultureInfo.InvariantCulture);

    public override string GetString(JsonValue value) => value.Text();

    public override object GetValue(JsonValue value) => _wide ? GetString(value) : GetDecimal(value);
}

/// <summary>A floating point number, with the names that systems use for those JSON has no number for.</summary>
internal sealed class DoubleType : JsonType
{
    public override ColumnKind Kind => ColumnKind.Double;

    public override Type FieldType => typeof(double);

    public override double GetDouble(JsonValue value)
    {
        if (value.Bytes.Length > 0 && value.Bytes[^1] is >= (byte)'0' and <= (byte)'9' or (byte)'.')
            return double.Parse(value.Bytes, NumberStyles.Float, CultureInfo.InvariantCulture);
        return value.Text().ToLowerInvariant() switch
        {
            "nan" => double.NaN,
            "inf" or "+inf" or "infinity" or "+infinity" => double.PositiveInfinity,
            "-inf" or "-infinity" => double.NegativeInfinity,
            _ => throw new FormatException("not a floating point number"),
        };
    }

    public override object GetValue(JsonValue value) => GetDouble(value);
}

/// <summary>Text, JSON as text, or a type Pendo cannot hold: always the system's own text.</summary>
/// <param name="kind">Text, Json, Uuid or Unsupported.</param>
internal sealed class TextType(ColumnKind kind) : JsonType
{
    public override ColumnKind Kind => kind;

    public override Type FieldType => typeof(string);

    public override bool KeepsEscapes => true;

    public override string GetString(JsonValue value) => value.Text();

    public override object GetValue(JsonValue value) => value.Text();
}

/// <summary>Text of a fixed length, padded with blanks, which in SQL are no part of the value.</summary>
internal sealed class PaddedTextType : JsonType
{
    public override ColumnKind Kind => ColumnKind.Text;

    public override Type FieldType => typeof(string);

    public override bool KeepsEscapes => true;

    public override string GetString(JsonValue value) => value.Text().TrimEnd(' ');

    public override object GetValue(JsonValue value) => GetString(value);
}

/// <summary>A calendar date as <c>2024-02-29</c>.</summary>
internal sealed class IsoDateType : JsonType
{
    public override ColumnKind Kind => ColumnKind.Date;

    public override Type FieldType => typeof(DateOnly);

    public override DateTime GetDateTime(JsonValue value) => IsoTime.ReadDate(value.Bytes).ToDateTime(TimeOnly.MinValue);

    public override object GetValue(JsonValue value) => IsoTime.ReadDate(value.Bytes);
}

/// <summary>A date and time as ISO 8601 text; with or without zone as the column's type says, whatever the text shows.</summary>
/// <param name="instant">True: an instant (a text without zone is UTC); false: a date and time without zone.</param>
internal sealed class IsoTimestampType(bool instant) : JsonType
{
    public override ColumnKind Kind => instant ? ColumnKind.Instant : ColumnKind.Timestamp;

    public override Type FieldType => typeof(DateTime);

    public override DateTime GetDateTime(JsonValue value)
    {
        var time = IsoTime.Read(value.Bytes);
        if (instant)
            return time.Utc ?? throw new OverflowException("the year is not between 1 and 9999");
        return time.Offset is null ? time.Wall : throw new FormatException("a zone where the column has none");
    }

    public override object GetValue(JsonValue value) => GetDateTime(value);
}

/// <summary>Bytes as base64 or hexadecimal text.</summary>
/// <param name="hex">True for hexadecimal.</param>
internal sealed class BytesType(bool hex) : JsonType
{
    public override ColumnKind Kind => ColumnKind.Bytes;

    public override Type FieldType => typeof(byte[]);

    public override object GetValue(JsonValue value) => hex ? Convert.FromHexString(value.Text()) : Convert.FromBase64String(value.Text());
}

/// <summary>An array of scalars written as a JSON array, or as text that holds one.</summary>
/// <param name="element">How an element is written; a null element stays null, so value types come as nullable arrays.</param>
internal sealed class ArrayType(JsonType element) : JsonType
{
    private readonly Type _item = element.FieldType.IsValueType ? typeof(Nullable<>).MakeGenericType(element.FieldType) : element.FieldType;

    public override ColumnKind Kind => ColumnKind.Array;

    public override Type FieldType => _item.MakeArrayType();

    public override object GetValue(JsonValue value)
    {
        if (value.Type == JsonTokenType.String)
            return GetValue(new JsonValue(value.Bytes, JsonTokenType.StartArray, escaped: false));
        var elements = value.Elements();
        var items = Array.CreateInstance(_item, elements.Count);
        for (var i = 0; i < elements.Count; i++)
        {
            if (elements[i].Type != JsonTokenType.Null)
                items.SetValue(element.GetValue(element.Given(value.Part(elements[i]))), i);
        }

        return items;
    }
}
