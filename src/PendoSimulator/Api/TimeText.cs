using System.Globalization;
using System.Text.Json;

namespace PendoSimulator.Api;

/// <summary>Writes times. Auto dates come as milliseconds; what a custom time comes as is open.</summary>
internal static class TimeText
{
    /// <summary>Writes one that is kept as it was sent: a text, or milliseconds.</summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> value, TimeForm form)
    {
        if (form == TimeForm.AsSent)
        {
            json.WriteRawValue(value, skipInputValidation: true);
            return;
        }

        var at = value[0] == (byte)'"' ? JsonSerializer.Deserialize<DateTimeOffset>(value)
            : DateTimeOffset.FromUnixTimeMilliseconds(JsonSerializer.Deserialize<long>(value));
        if (form == TimeForm.Milliseconds)
            json.WriteNumberValue(at.ToUnixTimeMilliseconds());
        else
            json.WriteStringValue(at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
