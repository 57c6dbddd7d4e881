using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PendoSync.Basics;

/// <summary>The one ActivitySource and Meter, both named <c>PendoSync</c>. Tags never hold keys, values or secrets.</summary>
public static class Telemetry
{
    /// <summary>Name of source and meter.</summary>
    public const string Name = "PendoSync";

    internal static readonly ActivitySource Source = new(Name);
    private static readonly Meter _meter = new(Name);

    /// <summary>The meter, for gauges of a host.</summary>
    public static Meter Meter => _meter;

    /// <summary>Counts wrong keys shown to the API.</summary>
    public static Counter<long> WrongKeys { get; } = _meter.CreateCounter<long>("pendosync.api.wrong_keys", "{key}",
        "Wrong keys shown to the API or its login.");

    /// <summary>Starts the span of what the clock found due.</summary>
    public static Activity? StartScheduled(string sync, string trigger) =>
        Source.StartActivity("pendosync.schedule", ActivityKind.Internal)?.SetTag("pendosync.sync", sync)
            .SetTag("pendosync.trigger", trigger);

    /// <summary>Starts the span of one call to Pendo.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="host">Host that is called.</param>
    /// <param name="route">Path without ids.</param>
    public static Activity? StartCall(string method, string host, string route) =>
        Source.StartActivity($"{method} {route}", ActivityKind.Client)?.SetTag("http.request.method", method).SetTag("server.address", host)
            .SetTag("url.template", route);

    /// <summary>False: nobody would see a span.</summary>
    public static bool HasListeners => Source.HasListeners();

    /// <summary>Ends the span of a call.</summary>
    /// <param name="activity">The span; null when nobody listens.</param>
    /// <param name="status">HTTP status; 0 when there is no answer.</param>
    /// <param name="fault">Why there is none.</param>
    public static void EndCall(Activity? activity, int status, string fault)
    {
        if (activity is null)
            return;
        if (status > 0)
            activity.SetTag("http.response.status_code", status);
        if (status is 0 or >= 400)
            activity.SetTag("error.type", status > 0 ? status.ToString(System.Globalization.CultureInfo.InvariantCulture) : fault)
                .SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Starts the span of a planning.</summary>
    public static Activity? StartPlanning(string sync, string runId)
    {
        var activity = Source.StartActivity("pendosync.plan", ActivityKind.Producer);
        activity?.SetTag("pendosync.sync", sync).SetTag("pendosync.run_id", runId);
        return activity;
    }
}
