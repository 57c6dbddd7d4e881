using System.Text.Json;

namespace PendoSimulator.Events;

/// <summary>Pendo's rules for events that break none of them loudly: the call gets 200 all the same (SUP-360032294291).</summary>
internal static class EventFlags
{
    public const string TooOld = "too_old";
    public const string InFuture = "in_future";
    public const string PropertiesTooLarge = "properties_too_large";
    public const string BadPropertyName = "bad_property_name";
    public const string NestedProperty = "nested_property";
    public const string OverOnePerSecond = "over_one_per_second";
    public const string DoNotProcess = "do_not_process";
    public const string ReservedId = "reserved_id";
    public const string TooManyNames = "too_many_names";

    private const int MaxPropertyName = 32;

    /// <summary>Flags that mean Pendo drops the event.</summary>
    public static bool Drops(string flag) => flag is TooOld or DoNotProcess or ReservedId;

    public static bool IsReserved(ReadOnlySpan<char> id) =>
        id is "VISITOR-UNIQUE-ID" or "ACCOUNT-UNIQUE-ID" || id.StartsWith("_PENDO_T_");

    public static void ForProperties(ReadOnlySpan<byte> properties, int maxBytes, List<string> flags)
    {
        if (properties.IsEmpty)
            return;
        if (maxBytes > 0 && properties.Length > maxBytes)
            flags.Add(PropertiesTooLarge);
        var (badName, nested) = (false, false);
        var reader = new Utf8JsonReader(properties);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            badName |= reader.ValueIsEscaped || !IsGoodName(reader.ValueSpan);
            reader.Read();
            nested |= reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            reader.Skip();
        }
        if (badName)
            flags.Add(BadPropertyName);
        if (nested)
            flags.Add(NestedProperty);
    }

    /// <summary>Letters, digits and underscore, at most 32, no digit first, not of the form __x__.</summary>
    private static bool IsGoodName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxPropertyName || char.IsAsciiDigit((char)name[0]))
            return false;
        if (name.StartsWith("__"u8) && name.EndsWith("__"u8))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c != (byte)'_')
                return false;
        }
        return true;
    }
}
