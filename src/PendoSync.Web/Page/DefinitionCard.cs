using PendoSync.Definitions;
using PendoSync.Reports;

namespace PendoSync.Web.Page;

/// <summary>A definition as a person reads it: what is read, by which key, and which column becomes which field.</summary>
internal static class DefinitionCard
{
    /// <summary>The card.</summary>
    public static Html Of(SyncDefinition sync) => Html.Of($"""
        <section class="card"><h2>What it does</h2>
        <p>{Verb(sync)} in <b>{sync.Pendo}</b> from {Source(sync.Model)} of <b>{sync.Warehouse}</b>, key <code>{sync.Key}</code>{(
            sync.Model.Cursor is { } cursor ? Html.Of($", new rows by <code>{cursor}</code>") : Html.None)}.</p>
        {(sync.Model.Sql is { } sql ? Html.Of($"""<details><summary>The query</summary><pre tabindex="0">{sql}</pre></details>""")
            : Html.None)}
        {Components.Map(Fields(sync), "Column", "Pendo field", "Type")}
        <p class="quiet">Limits: at most {sync.Limits.MaxInvalidPercent} % invalid, {sync.Limits.MaxRejectedPercent} % rejected,
        {sync.Limits.MaxNotFoundPercent} % not found, judged from {sync.Limits.MinRecords} records on; degraded from
        {sync.Limits.DegradedPercent} % refused. <span class="file">{sync.File}</span></p>
        </section>
        """);

    private static Html Source(Model model) => model.Table is { } table ? Html.Of($"<code>{table}</code>") : Html.Of($"a query");

    private static string Verb(SyncDefinition sync) => sync.Behavior switch
    {
        Behavior.Send => "Sends track events",
        Behavior.UpdateOnly => $"Updates {Words.Noun(sync.Object)}s that Pendo knows",
        _ => $"Updates or creates {Words.Noun(sync.Object)}s",
    };

    private static IEnumerable<Html> Fields(SyncDefinition sync)
    {
        if (sync.Event is { } parts)
        {
            yield return Field(parts.Name.Column, parts.Name.Constant, "event name", null);
            yield return Field(parts.VisitorId, null, "visitor", null);
            if (parts.AccountId is { } account)
                yield return Field(account, null, "account", null);
            yield return Field(parts.Timestamp, null, "time", "time");
            foreach (var (name, source) in parts.Properties)
                yield return Field(source.Column, source.Constant, name, null);
        }

        foreach (var field in sync.Fields)
            yield return Field(field.Column, field.Constant, field.Field, field.Type?.ToString().ToLowerInvariant());
        if (sync.AllColumns)
            yield return Field("every other column", null, "the field of its name", null);
    }

    private static Html Field(string? column, object? constant, string field, string? type) => Html.Of($"""
        <tr>{Components.Cell("Column", column is null ? Html.Of($"<i>always</i> <code>{constant?.ToString()}</code>")
            : Html.Of($"<code>{column}</code>"))}
        {Components.Cell("Pendo field", Html.Of($"<code>{field}</code>"))}
        {Components.Cell("Type", Html.Of($"{type ?? "as in Pendo"}"), "quiet")}</tr>
        """);
}
