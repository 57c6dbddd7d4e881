using System.Globalization;
using System.Text;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>
/// What can be an id or an event's name. Pendo keeps an id for ever (support.pendo.io 360032202751), so what nobody sees is refused at its
/// ends: white space, control and format characters by Unicode's categories. A text of nothing else is empty.
/// </summary>
internal static class IdText
{
    /// <summary>
    /// The rule that it breaks: <see cref="Rules.EmptyKey"/>, <see cref="Rules.NotTrimmed"/> or <see cref="Rules.NotUnicode"/>; null when
    /// it is good.
    /// </summary>
    public static string? RuleOf(string text)
    {
        if (text.Length == 0)
            return Rules.EmptyKey;
        if (!ScalarWriter.IsUnicode(text))
            return Rules.NotUnicode;
        // Ends of visible ASCII, which nearly all ids have, need no look at the characters.
        if (IsPlain(text[0]) && IsPlain(text[^1]))
            return null;
        Rune.DecodeFromUtf16(text, out var first, out _);
        Rune.DecodeLastFromUtf16(text, out var last, out _);
        foreach (var rune in text.EnumerateRunes())
            if (!IsUnseen(rune) && !IsBlank(rune))
                return IsUnseen(first) || IsUnseen(last) ? Rules.NotTrimmed : null;
        return Rules.EmptyKey;
    }

    private static bool IsPlain(char c) => c is > ' ' and < '\u007F';

    private static bool IsUnseen(Rune rune) => Rune.IsWhiteSpace(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    // Letters, marks and places to come without a shape of their own (Default_Ignorable_Code_Point), and the Braille pattern without dots.
    private static bool IsBlank(Rune rune) => rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5
        or (>= 0x180B and <= 0x180F) or 0x2065 or 0x2800 or 0x3164
        or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF);
}
