using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Calls a function for each message of a queue.</summary>
/// <param name="queueName">The queue; may hold names of settings between percent signs, and end with /$deadletterqueue.</param>
[InputConverter(typeof(ReceivedMessageConverter))]
[ConverterFallbackBehavior(ConverterFallbackBehavior.Default)]
public sealed class ServiceBusTriggerAttribute(string queueName) : TriggerBindingAttribute, ISupportCardinality
{
    /// <summary>The queue as it was given.</summary>
    public string? QueueName { get; } = queueName;

    /// <summary>Name of the setting that holds the connection.</summary>
    public string? Connection { get; set; }

    /// <summary>Whether the host completes the message when the function has ended; unset: as host.json says.</summary>
    public bool AutoCompleteMessages { get; set; }

    /// <summary>Whether a call has many messages. The generator of the functions' metadata asks for a default.</summary>
    [DefaultValue(false)]
    public bool IsBatched { get; set; }

    Cardinality ISupportCardinality.Cardinality
    {
        get => IsBatched ? Cardinality.Many : Cardinality.One;
        set => IsBatched = value == Cardinality.Many;
    }
}
