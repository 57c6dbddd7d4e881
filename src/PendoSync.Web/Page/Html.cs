using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace PendoSync.Web.Page;

/// <summary>
/// A piece of HTML. The only way to make one is an interpolated string whose literal parts are ours and whose values are
/// encoded, unless they are HTML themselves; so nothing reaches a page unencoded.
/// </summary>
internal readonly struct Html
{
    private readonly string? _text;

    private Html(string text) => _text = text;

    /// <summary>Nothing.</summary>
    public static Html None => default;

    /// <summary>A piece; use as <c>Html.Of($"&lt;b&gt;{value}&lt;/b&gt;")</c>. Attribute values stand in double quotes.</summary>
    public static Html Of(ref HtmlText text) => new(text.Done());

    /// <summary>A piece when something holds, else nothing.</summary>
    public static Html If(bool holds, Func<Html> piece) => holds ? piece() : None;

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";
}

/// <summary>Takes the parts of an interpolated string and encodes its values.</summary>
[InterpolatedStringHandler]
internal readonly ref struct HtmlText
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _text;

    public HtmlText(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + (formattedCount * 16));

    public void AppendLiteral(string ours) => _text.Append(ours);

    public void AppendFormatted(Html piece) => _text.Append(piece.ToString());

    public void AppendFormatted(IEnumerable<Html> pieces)
    {
        foreach (var piece in pieces)
            _text.Append(piece.ToString());
    }

    public void AppendFormatted(string? value) => _text.Append(Encoder.Encode(value ?? ""));

    public void AppendFormatted(int value) => _text.Append(value.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(long value) => _text.Append(value.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(double value) => _text.Append(value.ToString("0.##", CultureInfo.InvariantCulture));

    public string Done() => _text.ToString();
}
