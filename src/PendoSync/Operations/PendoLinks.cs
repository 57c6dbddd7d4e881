using PendoSync.Definitions;
using PendoSync.Runs;

namespace PendoSync.Operations;

/// <summary>Addresses in Pendo's user interface.</summary>
public static class PendoLinks
{
    /// <summary>Stands for the subscription id when the connection does not say it.</summary>
    public const string Placeholder = "<your_pendo_id>";

    /// <summary>The page of one visitor or account; null for others, which have none.</summary>
    public static string? To(SyncContext context, string key)
    {
        if (context.Sync.Object is not (PendoObject.Account or PendoObject.Visitor))
            return null;
        var connection = context.Pendo.Connection;
        var kind = context.Sync.Object == PendoObject.Account ? "account" : "visitor";
        var site = connection.ApiUrl.GetLeftPart(UriPartial.Authority);
        return $"{site}/s/{connection.SubscriptionId ?? Placeholder}/{kind}/{Uri.EscapeDataString(key)}";
    }
}
