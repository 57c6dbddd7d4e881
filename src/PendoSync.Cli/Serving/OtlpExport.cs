using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace PendoSync.Cli.Serving;

/// <summary>
/// Sends traces, metrics and logs over OTLP when the environment names a receiver; everything else about it is set by the variables of the
/// specification.
/// </summary>
/// <remarks>https://opentelemetry.io/docs/specs/otel/protocol/exporter/</remarks>
internal sealed class OtlpExport : IDisposable
{
    private readonly List<IDisposable> _providers = [];

    // The exporter throws what its variables' parsers throw, and may quote a header, which can be a secret.
    private static readonly Problem _unusable = new(ProblemKind.Configuration, "the variables of the OpenTelemetry exporter cannot be used",
        "OTEL_EXPORTER_OTLP_*", "Write headers as name=value,name=value and the endpoint as a whole address, or unset "
        + "OTEL_EXPORTER_OTLP_ENDPOINT.");

    private OtlpExport()
    {
        if (Receives("TRACES"))
            _providers.Add(Sdk.CreateTracerProviderBuilder().ConfigureResource(Name).AddSource(Telemetry.Name).AddOtlpExporter().Build());
        if (Receives("METRICS"))
            _providers.Add(Sdk.CreateMeterProviderBuilder().ConfigureResource(Name).AddMeter(Telemetry.Name).AddOtlpExporter().Build());
    }

    /// <summary>Starts what the environment asks for, or nothing.</summary>
    /// <exception cref="ProblemException">Configuration: a variable is wrong.</exception>
    public static IDisposable Start() => Checked(() => new OtlpExport());

    /// <summary>Makes what has an exporter in it.</summary>
    /// <exception cref="ProblemException">Configuration: a variable is wrong.</exception>
    public static T Checked<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception e) when ((Receives("TRACES") || Receives("METRICS") || Receives("LOGS"))
            && e is ArgumentException or FormatException or NotSupportedException)
        {
            throw new ProblemException(_unusable);
        }
    }

    /// <summary>Adds the log, when the environment asks for it.</summary>
    public static void AddLogs(ILoggingBuilder logging)
    {
        if (Receives("LOGS"))
            logging.AddOpenTelemetry(options => options.SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(Service))
                .AddOtlpExporter());
    }

    /// <summary>Sends what was not sent yet.</summary>
    public void Dispose() => _providers.ForEach(p => p.Dispose());

    private static string Service => Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") is { Length: > 0 } name ? name : "pendosync";

    private static void Name(ResourceBuilder resource) => resource.AddService(Service);

    private static bool Receives(string signal) =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"))
            || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"));
}
