using System.Net;
using System.Text;
using PendoSimulator;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class SchemaAndValueTests
{
    private const string Schema = "/api/v1/metadata/schema/visitor";

    [Fact]
    public async Task Schema_has_the_mixed_casing_of_pendo()
    {
        await using var pendo = await StartAsync();
        var seats = (await pendo.GetAsync(Schema)).Json.GetProperty("custom").GetProperty("seats");
        Assert.Equal(
            ["Type", "DisplayName", "ElementType", "ElementFormat", "Dirty", "isHidden", "isDeleted", "isCalculated",
                "isPerApp", "neverIndex"],
            seats.EnumerateObject().Select(p => p.Name));
        Assert.Equal("integer", seats.GetProperty("Type").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.GetAsync("/api/v1/metadata/schema/robot")).Status);
    }

    [Fact]
    public async Task Created_field_takes_values_and_number_becomes_float()
    {
        await using var pendo = await StartAsync();
        var reply = await pendo.PostAsync(Schema + "/custom", """[{"name":"ratio","displayname":"Ratio","type":"number"}]""");
        Assert.Equal((HttpStatusCode.OK, "{}"), (reply.Status, reply.Body));
        Assert.Equal("float", (await pendo.GetAsync(Schema)).Json.GetProperty("custom").GetProperty("ratio")
            .GetProperty("Type").GetString());
        Assert.Equal((1, 1, 0), (await pendo.WriteAsync("v", """{"ratio":0.5}""")).Counts);
    }

    [Theory]
    [InlineData("/custom", """[{"name":"9lives","type":"string"}]""")]
    [InlineData("/custom", """[{"name":"ok","type":"map"}]""")]
    [InlineData("/custom", """{"name":"ok","type":"string"}""")]
    [InlineData("/auto", """[{"name":"ok","type":"string"}]""")]
    public async Task Wrong_field_is_refused(string group, string body)
    {
        await using var pendo = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.PostAsync(Schema + group, body)).Status);
    }

    [Fact]
    public async Task Deleted_field_is_unknown_until_it_is_revived_with_its_values()
    {
        await using var pendo = await StartAsync();
        await pendo.WriteAsync("v", """{"plan":"pro"}""");
        Assert.Equal(HttpStatusCode.OK, (await pendo.SendAsync(HttpMethod.Delete, Schema + "/custom/plan")).Status);
        Assert.True((await pendo.GetAsync(Schema)).Json.GetProperty("custom").GetProperty("plan").GetProperty("isDeleted").GetBoolean());
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.WriteAsync("v", """{"plan":"x"}""")).Status);
        Assert.Equal(["""{"id":"v"}"""], await pendo.LinesAsync());
        await pendo.PostAsync(Schema + "/custom", """[{"name":"plan","type":"string"}]""");
        Assert.Equal(["""{"id":"v","custom":{"plan":"pro"}}"""], await pendo.LinesAsync());
    }

    [Fact]
    public async Task Field_names_fold_case_only_when_switched_so()
    {
        await using var exact = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await exact.WriteAsync("v", """{"PLAN":"x"}""")).Status);
        await using var folding = await StartAsync(o => o with { FieldNamesIgnoreCase = true });
        await folding.WriteAsync("v", """{"PLAN":"x"}""");
        Assert.Equal(["""{"id":"v","custom":{"plan":"x"}}"""], await folding.LinesAsync());
    }

    [Fact]
    public async Task Single_value_is_a_bare_scalar_both_ways()
    {
        await using var pendo = await StartAsync();
        await pendo.WriteAsync("a/b c", """{"seats":1}""");
        const string path = "/api/v1/metadata/visitor/custom/value/a%2Fb%20c/";
        Assert.Equal(HttpStatusCode.OK, (await pendo.SendAsync(HttpMethod.Put, path + "seats", "42")).Status);
        Assert.Equal("42", (await pendo.GetAsync(path + "seats")).Body);
        Assert.Equal("null", (await pendo.GetAsync(path + "plan")).Body);
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.SendAsync(HttpMethod.Put, path + "seats", "\"x\"")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.SendAsync(HttpMethod.Put, path + "seats", "{")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.GetAsync("/api/v1/metadata/visitor/custom/value/nobody/seats")).Status);
    }

    [Fact]
    public async Task Single_put_creates_an_unknown_custom_field_as_text_but_no_agent_field()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync("visitor", "v");
        Assert.Equal(HttpStatusCode.OK,
            (await pendo.SendAsync(HttpMethod.Put, "/api/v1/metadata/visitor/custom/value/v/color", "\"red\"")).Status);
        Assert.Equal("string", (await pendo.GetAsync(Schema)).Json.GetProperty("custom").GetProperty("color")
            .GetProperty("Type").GetString());
        Assert.Equal(
            HttpStatusCode.BadRequest,
                (await pendo.SendAsync(HttpMethod.Put, "/api/v1/metadata/visitor/agent/value/v/color", "\"red\"")).Status);
    }

    [Fact]
    public async Task Record_is_read_by_plain_and_by_base64_id()
    {
        await using var pendo = await StartAsync();
        await pendo.WriteAsync("ü/1", """{"plan":"pro"}""");
        var plain = await pendo.GetAsync("/api/v1/visitor/" + Uri.EscapeDataString("ü/1"));
        Assert.Equal("pro", plain.Json.GetProperty("metadata").GetProperty("custom").GetProperty("plan").GetString());
        var base64 = Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes("ü/1")));
        Assert.Equal(plain.Body, (await pendo.SendAsync(HttpMethod.Get, "/api/v1/visitor/" + base64, base64: true)).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.GetAsync("/api/v1/account/nobody")).Status);
    }

    [Fact]
    public async Task Token_verify_tells_write_access()
    {
        await using var pendo = await StartAsync();
        Assert.Equal("""{"valid":true,"writeAccess":true}""", (await pendo.GetAsync("/api/v1/token/verify")).Body);
        Assert.Equal("""{"valid":true,"writeAccess":false}""", (await pendo.GetAsync("/api/v1/token/verify", ReadOnlyKey)).Body);
        var bad = await pendo.GetAsync("/api/v1/token/verify", "other");
        Assert.Equal((HttpStatusCode.Forbidden, ""), (bad.Status, bad.Body));
    }

    [Fact]
    public async Task Parent_accounts_exist_when_switched_on()
    {
        await using var pendo = await StartAsync(o => o with
        {
            ParentAccounts = true,
            Fields = [new FieldDefinition("parentAccount", "custom", "tier", "string")],
        });
        var reply = await pendo.PostAsync(
            "/api/v1/metadata/parentAccount/custom/value?create=true", """[{"parentAccountId":"p","values":{"tier":"1"}}]""");
        Assert.Equal((1, 1, 0), reply.Counts);
    }
}
