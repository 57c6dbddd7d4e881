using System.Text.RegularExpressions;
using PendoSync.Tests.Tree;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Docs;

/// <summary>Snippets in languages that the product does not speak itself.</summary>
public sealed partial class SnippetTests
{
    // Stands for Airflow: it keeps what an operator is made with, and calls what answers are given to.
    private const string Airflow = """
        class Task:
            def __init__(self, task_id, http_conn_id, endpoint, response_filter=None, response_check=None, **more):
                class Answer:
                    def json(self): return {"run_id": "r-1", "ended_at": "2026-03-01T12:00:00Z"}
                for give in (response_filter, response_check):
                    if give: print(task_id, endpoint, give(Answer()))
            def __rshift__(self, after): print("then")
        HttpOperator = HttpSensor = Task

        """;

    [PythonFact]
    public async Task The_operators_of_Airflow_do_what_the_page_says()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "how-to", "airflow.md"));
        Assert.Equal("start /api/syncs/visitor-health/runs r-1\n"
            + "ended /api/runs/{{ ti.xcom_pull(task_ids='start') }} True\nthen\n",
            await Tool.RunAsync(SourceTree.Root, "python3", ["-"], Airflow + Python().Match(page).Groups["code"].Value));
    }

    [Fact]
    public void A_query_for_Application_Insights_asks_for_metrics_that_there_are()
    {
        var known = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "reference", "metrics.md"));
        var queries = Kusto().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "infra", "README.md"))).ToList();
        Assert.NotEmpty(queries);
        foreach (var name in queries.SelectMany(q => Named().Matches(q.Value)).Select(m => m.Groups["name"].Value))
            Assert.Contains($"`{name}`", known, StringComparison.Ordinal);
    }

    [GeneratedRegex("```python\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Python();

    [GeneratedRegex("```kusto\n.*?```", RegexOptions.Singleline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Kusto();

    // 'pendosync.records' and Properties.outcome.
    [GeneratedRegex(@"('(?<name>pendosync\.[a-z_.]+)'|Properties\.(?<name>[a-z_]+))", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Named();
}

/// <summary>A test that needs Python.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(f => File.Exists(Path.Combine(f, "python3"))))
            Skip = "python3 is not installed";
    }
}
