using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Pendo;
using PendoSync.Values;

namespace PendoSync.Tests.Faults;

/// <summary>Manifests, schemas and requests that nobody meant, by FsCheck and byte by byte: read, or refused with a place.</summary>
public sealed class BodyFuzzTests
{
    [Fact]
    public void Any_dbt_manifest_gives_a_table_or_a_problem_with_a_place()
    {
        var model = """
            {"resource_type":"model","name":"orders","package_name":"shop","relation_name":"\"a\".\"b\"",
            "config":{"materialized":"table"},"version":2,"latest_version":2}
            """;
        var other = model.Replace("orders", "other", StringComparison.Ordinal);
        var found = 0;
        Fuzz.Check(Fuzz.Damaged(Gen.OneOf(
            Gen.Constant($$$"""{"metadata":{},"nodes":{"model.shop.orders":{{{model}}},"model.shop.other":{{{other}}}}}"""),
            Fuzz.Json("nodes", "resource_type", "model", "name", "orders", "package_name", "config", "materialized", "ephemeral",
                "relation_name", "version", "latest_version"),
            Fuzz.Json("resource_type", "model", "name", "orders", "relation_name", "config", "schema")
                .Select(node => $$$"""{"nodes":{"a":{{{node}}},"b":{{{model}}}}}"""))), bytes =>
        {
            var all = new List<DefinitionProblem>();
            var table = DbtManifest.Read(new OneFile(bytes), "target/manifest.json")
                .Find("orders", new Place(3, 9), new FileProblems("syncs/a.yaml", all));
            found += table is null ? 0 : 1;
            Assert.True(table is null == (all.Count == 1), Encoding.UTF8.GetString(bytes));
            Assert.All(all, p =>
                Assert.True(p is { File: "syncs/a.yaml", Line: 3, Column: 9, Message.Length: > 0, Fix: not null }, $"{p}"));
        });
        Assert.True(found > 100, $"only {found} were good: this tests nothing");
    }

    [Fact]
    public void Any_schema_of_Pendo_is_read_or_is_a_problem_with_a_place() =>
        Fuzz.Check(Fuzz.Damaged(Fuzz.Json("custom", "agent", "plan", "Type", "type", "isDeleted", "string", "float")), bytes =>
        {
            try
            {
                Assert.All(PendoSchema.Parse(bytes, "custom", "pendo connection 'p'").Fields, f =>
                    Assert.True(f is { Name: not null, Type: not null }));
            }
            catch (ProblemException e) when (e.Problem is { Kind: ProblemKind.Transient, Place: "pendo connection 'p'", Fix: not null })
            {
            }
        });

    [Fact]
    public void Any_answer_to_an_aggregation_is_read_to_its_end_or_not_believed()
    {
        var fields = new HeldFields(PendoObject.Visitor, "visitorId", "custom", [("plan", FieldTarget.String), ("at", FieldTarget.Time)]);
        var read = 0;
        Fuzz.Check(Fuzz.Damaged(Gen.OneOf(
            Gen.Constant("""
                {"startTime":1,"results":[{"id":"a","f0":"x","f1":1767225600250},{"id":"b","f0":null},
                {"visitorId":"c","metadata":{"custom":{"PLAN":"y","at":"2026-01-01T00:00:00Z"}}}]}
                """),
            Fuzz.Json("results", "id", "f0", "f1", "visitorId", "metadata", "custom", "plan"))), bytes =>
        {
            HeldPage page;
            try
            {
                page = HeldPage.Read(bytes, fields, 1);
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
                return;
            }

            read++;
            for (var row = 0; row < page.Ids.Count; row++)
            {
                Assert.NotEqual("", page.Ids[row]);
                for (var field = 0; field < 2; field++)
                    Assert.Equal(page.HashesOf(row)[field] == HeldValue.Nothing, page.ValueOf(row, field) is null);
            }
        });
        Assert.True(read > 100, $"only {read} were read: this tests nothing");
    }

    [Fact]
    public void Any_request_for_a_run_is_read_or_refused_with_a_place()
    {
        var good = Encoding.UTF8.GetString(
            SyncRequestFormat.Write(new SyncRequest("s", "s-1", RunMode.Full, "http", DateTimeOffset.UnixEpoch)));
        Fuzz.Check(Fuzz.Damaged(
            Gen.OneOf(Gen.Constant(good), Fuzz.Json("sync", "run_id", "mode", "full", "trigger", "requested_at", "trace_parent"))), bytes =>
        {
            try
            {
                var request = SyncRequestFormat.Read(bytes);
                Assert.True(request is { Sync: not null, RunId: not null, Trigger: not null } && Enum.IsDefined(request.Mode));
            }
            catch (FormatException e)
            {
                Assert.Contains("the body is not a request for a run", e.Message, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public void Any_message_is_read_or_refused()
    {
        var target = """{"connection":"p","object":"visitor","group":"custom","create":true}""";
        var body = Fuzz.Json("id", "sync", "run_id", "attempt", "number", "try", "copy", "first_enqueued", "target", "lengths", "keys",
            "fingerprints", "tries", "event_ids")
            .Select(json => json.Length > 2 && json[0] == '{' ? $$"""{"target":{{target}},{{json[1..]}}""" : json);
        Fuzz.Check(Fuzz.Damaged(body), json =>
        {
            var message = Packed(json);
            try
            {
                var batch = RecordBatchFormat.Read(message);
                for (var i = 0; i < batch.Records.Count; i++)
                    using (JsonDocument.Parse(batch.Records.PayloadOf(i)))
                        Assert.NotNull(batch.Target.Connection);
            }
            catch (FormatException e)
            {
                Assert.NotEmpty(e.Message);
            }
        });
    }

    private static byte[] Packed(byte[] json)
    {
        using var body = new MemoryStream();
        body.Write("PB\u0003"u8);
        using (var packing = new System.IO.Compression.BrotliStream(body, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            packing.Write(json);
        return body.ToArray();
    }

    private sealed class OneFile(byte[] bytes) : ProjectFiles
    {
        public override string Directory => ".";

        public override IReadOnlyList<string> SyncFiles() => [];

        public override byte[]? Read(string name, int most) => bytes;

        public override bool IsInside(string name) => true;

        public override bool IsFolder(string name) => false;
    }
}
