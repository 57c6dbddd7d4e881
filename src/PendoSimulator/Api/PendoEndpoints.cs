using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PendoSimulator.Api;

/// <summary>The paths of Pendo that the simulator has; all others get 404 and are logged.</summary>
internal sealed class PendoEndpoints(SimulatedPendo pendo, CallPipeline pipeline)
{
    public void Map(IEndpointRouteBuilder app)
    {
        var schema = new SchemaEndpoints(pendo);
        var values = new ValueEndpoints(pendo);
        var records = new RecordEndpoint(pendo);
        var api = app.MapGroup("/api/v1");
        api.MapGet("token/verify", Call(Endpoints.TokenVerify, records.Verify));
        api.MapGet("visitor/{id}", Call(Endpoints.RecordRead, records.Read));
        api.MapGet("account/{id}", Call(Endpoints.RecordRead, records.Read));
        api.MapGet("metadata/schema/{kind}", Call(Endpoints.SchemaRead, schema.Read));
        api.MapPost("metadata/schema/{kind}/{group}", Call(Endpoints.SchemaCreate, schema.Create));
        api.MapDelete("metadata/schema/{kind}/{group}/{field}", Call(Endpoints.SchemaDelete, schema.Delete));
        api.MapPost("metadata/{kind}/{group}/value", Call(Endpoints.ValueBulk, new BulkEndpoint(pendo).Handle));
        api.MapGet("metadata/{kind}/{group}/value/{id}/{field}", Call(Endpoints.ValueRead, values.Read));
        api.MapPut("metadata/{kind}/{group}/value/{id}/{field}", Call(Endpoints.ValueWrite, values.Write));
        api.MapPost("aggregation", Call(Endpoints.Aggregation, new AggregationEndpoint(pendo).Handle));
        MapSegments(api);
        var deletions = new DeletionEndpoints(pendo);
        api.MapPost("bulkdelete/visitor", Call(Endpoints.BulkDelete, deletions.Request));
        api.MapPost("bulkdelete/account", Call(Endpoints.BulkDelete, deletions.Request));
        api.MapGet("bulkdelete", Call(Endpoints.BulkDeleteList, deletions.List));
        api.MapGet("bulkdelete/{id}", Call(Endpoints.BulkDeleteRead, deletions.Read));
        var track = new TrackEndpoint(pendo);
        app.MapPost("/data/track", (RequestDelegate)(http => pipeline.RunAsync(http, Endpoints.Track, track.Handle)));
        app.MapFallback(Call(Endpoints.Unknown, _ => Answer.Refused(404, "Not found.", pendo.Options.ErrorBodies)));
    }

    private void MapSegments(IEndpointRouteBuilder api)
    {
        var segments = new SegmentEndpoints(pendo);
        api.MapGet("segment", Call(Endpoints.SegmentList, segments.List));
        api.MapPost("segment/upload", Call(Endpoints.SegmentUpload, segments.Upload));
        api.MapGet("segment/{id}", Call(Endpoints.SegmentRead, segments.Read));
        api.MapGet("segment/{id}/status", Call(Endpoints.SegmentStatus, segments.Status));
        api.MapPut("segment/{id}", Call(Endpoints.SegmentReplace, segments.Replace));
        api.MapDelete("segment/{id}", Call(Endpoints.SegmentDelete, segments.Delete));
        api.MapPatch("segment/{id}/visitor", Call(Endpoints.SegmentPatch, segments.Patch));
        api.MapPut("segment/{id}/visitor/{visitor}", Call(Endpoints.SegmentAdd, segments.Add));
        api.MapDelete("segment/{id}/visitor/{visitor}", Call(Endpoints.SegmentRemove, segments.Remove));
    }

    private RequestDelegate Call(string endpoint, Func<ApiCall, Answer> handle) =>
        http => pipeline.RunAsync(http, endpoint, (call, _) => handle(call));
}
