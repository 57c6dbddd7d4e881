using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

public sealed class KeyReaderTests
{
    public static TheoryData<object?, Type, string, string?, string?> Keys => new()
    {
        { "Acme-17", typeof(string), "", "Acme-17", null },
        { " ", typeof(string), "", " ", Rules.EmptyKey },
        { "\u00A0\u3000\t\u200B", typeof(string), "", "\u00A0\u3000\t\u200B", Rules.EmptyKey },
        { "\u3164\u2800", typeof(string), "", "\u3164\u2800", Rules.EmptyKey },
        { "a ", typeof(string), "", "a ", Rules.NotTrimmed },
        { " b", typeof(string), "", " b", Rules.NotTrimmed },
        { "c\n", typeof(string), "", "c\n", Rules.NotTrimmed },
        { "\u200Bzw", typeof(string), "", "\u200Bzw", Rules.NotTrimmed },
        { "\uFEFFbom", typeof(string), "", "\uFEFFbom", Rules.NotTrimmed },
        { "e\u00AD", typeof(string), "", "e\u00AD", Rules.NotTrimmed },
        { "a b", typeof(string), "", "a b", null },
        { "Zoë", typeof(string), "", "Zoë", null },
        { "名前", typeof(string), "", "名前", null },
        { "x❤\uFE0F", typeof(string), "", "x❤\uFE0F", null },
        { null, typeof(string), "", null, Rules.NullKey },
        { "", typeof(string), "", "", Rules.EmptyKey },
        { "_PENDO_T_x7", typeof(string), "", "_PENDO_T_x7", Rules.ReservedId },
        { "VISITOR-UNIQUE-ID", typeof(string), "", "VISITOR-UNIQUE-ID", Rules.ReservedId },
        { "ACCOUNT-UNIQUE-ID", typeof(string), "", "ACCOUNT-UNIQUE-ID", Rules.ReservedId },
        { "visitor-unique-id", typeof(string), "", "visitor-unique-id", null },
        { "a\uDC00", typeof(string), "", "a\uDC00", Rules.NotUnicode },
        { 17, typeof(int), "", "17", null },
        { (sbyte)-1, typeof(sbyte), "", "-1", null },
        { ulong.MaxValue, typeof(ulong), "", "18446744073709551615", null },
        { Guid.Parse("0F8FAD5B-D9CB-469F-A165-70867728950E"), typeof(Guid), "", "0f8fad5b-d9cb-469f-a165-70867728950e", null },
        { 5.00m, typeof(decimal), "", "5", null },
        { 5.01m, typeof(decimal), "", "5.01", Rules.KeyNotWhole },
        { "12345678901234567890123456789012345678", typeof(string), "numeric", "12345678901234567890123456789012345678", null },
        { "5.00", typeof(string), "numeric", "5", null },
        { -5.00m, typeof(decimal), "", "-5", null },
        { 5.10m, typeof(decimal), "", "5.10", Rules.KeyNotWhole },
        { "-5", typeof(string), "numeric", "-5", null },
        { "-", typeof(string), "numeric", "-", Rules.KeyNotWhole },
        { ".0", typeof(string), "numeric", ".0", Rules.KeyNotWhole },
        { 9e15, typeof(object), "", "9000000000000000", Rules.KeyNotWhole },
        { "NaN", typeof(string), "numeric", "NaN", Rules.KeyNotWhole },
        { "Infinity", typeof(string), "numeric", "Infinity", Rules.KeyNotWhole },
        { "1e5", typeof(string), "numeric", "1e5", Rules.KeyNotWhole },
        { 1e15, typeof(object), "", "1000000000000000", null },
        { -0.0, typeof(object), "", "0", null },
        { 1.5, typeof(object), "", "1.5", Rules.KeyNotWhole },
        { double.NaN, typeof(object), "", "NaN", Rules.KeyNotWhole },
        { 1e300, typeof(object), "", "1E+300", Rules.KeyNotWhole },
        { true, typeof(object), "", null, Rules.NotAnId },
        { new byte[] { 4 }, typeof(object), "", null, Rules.NotAnId },
        { new DateTime(2026, 3, 1), typeof(object), "", null, Rules.NotAnId },
        { 42L, typeof(object), "", "42", null },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_is_text_integer_or_uuid(object? value, Type type, string system, string? key, string? rule)
    {
        var row = TestRows.Cell(value, type, system);

        Assert.Equal(key, new KeyReader(row.Columns[0], type, "sync 's'").Read(row, out var broken));
        Assert.Equal(rule, broken);
    }

    [Fact]
    public void A_getter_that_fails_makes_the_row_invalid_and_does_not_end_the_run()
    {
        var row = TestRows.Cell("no integer", typeof(int));

        Assert.Null(new KeyReader(row.Columns[0], typeof(int), "").Read(row, out var rule));
        Assert.Equal(Rules.OutOfRange, rule);
    }

    [Theory]
    [InlineData(typeof(bool))]
    [InlineData(typeof(double))]
    [InlineData(typeof(DateTime))]
    [InlineData(typeof(byte[]))]
    [InlineData(typeof(string[]))]
    public void A_column_of_another_type_is_refused_with_a_fix(Type type)
    {
        var row = TestRows.Cell(null, type);

        var problem = Assert.Throws<ProblemException>(() => new KeyReader(row.Columns[0], type, "sync 's'")).Problem;
        Assert.Equal((ProblemKind.Configuration, "sync 's'"), (problem.Kind, problem.Place));
        Assert.Contains("'c'", problem.Message);
        Assert.NotNull(problem.Fix);
    }
}
