using System.Text.Json;
using FunctionsHost.Protocol;

namespace FunctionsHost;

/// <summary>A function of the app and the binding that triggers it.</summary>
internal sealed class TriggeredFunction
{
    public TriggeredFunction(RpcFunctionMetadata metadata)
    {
        Metadata = metadata;
        Binding = metadata.RawBindings.Select(b => JsonDocument.Parse(b).RootElement)
            .Single(b => Text(b, "type").EndsWith("Trigger", StringComparison.OrdinalIgnoreCase));
    }

    public RpcFunctionMetadata Metadata { get; }

    public string Name => Metadata.Name;

    /// <summary>The trigger's binding as functions.metadata has it.</summary>
    public JsonElement Binding { get; }

    /// <summary>Such as timerTrigger.</summary>
    public string Type => Text("type");

    /// <summary>The parameter that takes what triggered it.</summary>
    public string Parameter => Text("name");

    public string Text(string name) => Text(Binding, name);

    private static string Text(JsonElement binding, string name) => binding.TryGetProperty(name, out var value) ? value.GetString()! : "";
}

/// <summary>What listens for the events of one trigger.</summary>
internal interface IListener
{
    Task StartAsync();

    /// <summary>Takes nothing new, asks what is running to stop, and waits for it.</summary>
    Task StopAsync();

    /// <summary>Is gone at once, and tells nobody.</summary>
    Task LoseAsync();
}
