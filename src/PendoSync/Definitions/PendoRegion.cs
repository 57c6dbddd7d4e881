namespace PendoSync.Definitions;

/// <summary>A Pendo region and its two hosts.</summary>
/// <remarks>US1 stands before the host's name, the others after it; Japan's label is jpn. Hosts as listed in the servers of Pendo's
/// published API description.</remarks>
internal sealed record PendoRegion(string Name, Uri ApiUrl, Uri DataUrl)
{
    /// <summary>All regions.</summary>
    public static IReadOnlyList<PendoRegion> All { get; } =
    [
        Of("us", "app.pendo.io", "data.pendo.io"),
        Of("us1", "us1.app.pendo.io", "us1.data.pendo.io"),
        Of("eu", "app.eu.pendo.io", "data.eu.pendo.io"),
        Of("jpn", "app.jpn.pendo.io", "data.jpn.pendo.io"),
        Of("au", "app.au.pendo.io", "data.au.pendo.io"),
    ];

    private static PendoRegion Of(string name, string api, string data) => new(name, new Uri($"https://{api}"), new Uri($"https://{data}"));
}
