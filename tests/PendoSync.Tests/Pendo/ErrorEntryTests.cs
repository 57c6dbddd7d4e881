using System.Text.Json;
using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

/// <summary>Whom an error speaks of, and what it says.</summary>
public sealed class ErrorEntryTests
{
    [Theory]
    [InlineData("""{"id":"v1","error":"bad"}""", "v1", "bad")]
    [InlineData("""{"visitorId":"v1","message":"bad"}""", "v1", "bad")]
    [InlineData("""{"ACCOUNTID":"v1","Reason":"bad"}""", "v1", "bad")]
    [InlineData("""{"parentAccountId":"v1","description":"bad"}""", "v1", "bad")]
    [InlineData("""{"id":17,"error":"bad"}""", "17", "bad")]
    // The first that says something counts.
    [InlineData("""{"id":null,"visitorId":"v1","id":"v2","error":"bad","message":"worse"}""", "v1", "bad")]
    [InlineData("""{"id":true,"error":5,"message":"bad"}""", null, "bad")]
    [InlineData("""{"name":"v1","text":"bad"}""", null, """{"name":"v1","text":"bad"}""")]
    [InlineData("""{"id":"v1","error":{"code":5}}""", "v1", """{"id":"v1","error":{"code":5}}""")]
    [InlineData("""["v1","bad"]""", null, """["v1","bad"]""")]
    [InlineData("null", null, "null")]
    [InlineData("\"v1: bad\"", null, "v1: bad")]
    // Half a pair of surrogates is no text.
    [InlineData("\"\\ud800\"", null, "an unreadable reason")]
    [InlineData("""{"id":"\ud800","visitorId":"v1","error":"\udc00","reason":"bad"}""", "v1", "bad")]
    public void The_id_and_the_reason_are_found_under_any_of_their_names(string json, string? id, string reason)
    {
        var entry = ErrorEntry.Read(JsonDocument.Parse(json).RootElement);

        Assert.Equal((id, reason, json.StartsWith('"')), (entry.Id, entry.Reason, entry.IsText));
    }

    [Theory]
    [InlineData("v1", "v1")]
    [InlineData("v1: bad", "v1")]
    [InlineData("v1 : bad", "v1")]
    [InlineData("visitor v1", "v1")]
    [InlineData("Visitor v1: bad", "v1")]
    [InlineData("account v1: bad", "v1")]
    [InlineData("visitorId v1: bad", "v1")]
    [InlineData("accountId v1: bad", "v1")]
    [InlineData("id v1: bad", "v1")]
    [InlineData("visitor \"v1\" is bad", "v1")]
    [InlineData("\"v1\" is bad", "v1")]
    [InlineData("\"v\\u0031\" is bad", "v1")]
    [InlineData("\"say \\\"hi\\\"\" is bad", "say \"hi\"")]
    [InlineData("a:b: bad", "a:b")]
    [InlineData(": bad", "")]
    // Nobody: no id at the beginning, no end of the quotes, an escape that JSON does not have.
    [InlineData("bad: v1", null)]
    [InlineData("user v1: bad", null)]
    [InlineData("v1 is bad", null)]
    [InlineData("v1bad", null)]
    [InlineData("\"v1 is bad", null)]
    [InlineData("\"v1\\\" is bad", null)]
    [InlineData("\"v1\\q\" is bad", null)]
    [InlineData("", null)]
    public void A_text_speaks_of_the_id_at_its_beginning(string text, string? id) =>
        Assert.Equal(id, TiedTo(new(null, text, true), "v1", "say \"hi\"", "a:b", id is "" ? "" : "other"));

    [Fact]
    public void Who_may_be_one_of_two_is_nobody()
    {
        Assert.Null(TiedTo(new(null, "a:b: bad", true), "a", "a:b"));
        Assert.Null(TiedTo(new(null, "visitor x: bad", true), "x", "visitor x"));
        Assert.Null(TiedTo(new(null, "\"x\": bad", true), "x", "\"x\""));
    }

    [Fact]
    public void An_object_speaks_of_its_id_and_of_nobody_its_reason_names()
    {
        Assert.Equal("v1", TiedTo(new("v1", "v2", false), "v1", "v2"));
        Assert.Null(TiedTo(new("V1", "v2", false), "v1", "v2"));
        Assert.Null(TiedTo(new(null, "v2", false), "v1", "v2"));
    }

    private static string? TiedTo(ErrorEntry entry, params string[] ids) =>
        entry.Tie(ids.Select((id, at) => (id, at)).ToDictionary(i => i.id, i => i.at)) is var at and >= 0 ? ids[at] : null;
}
