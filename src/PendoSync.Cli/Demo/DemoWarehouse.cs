using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PendoSync.Cli.Demo;

/// <summary>The demo's warehouse: believable rows, and a few of every kind that cannot be sent.</summary>
internal sealed class DemoWarehouse(string file, DateTimeOffset now)
{
    /// <summary>Good accounts.</summary>
    public const int Accounts = 3_000;

    /// <summary>Good visitors.</summary>
    public const int Visitors = 20_000;

    /// <summary>Good scores, of visitors that exist.</summary>
    public const int Scores = 5_000;

    /// <summary>Good events.</summary>
    public const int Events = 2_000;

    /// <summary>Visitors that the demo's Pendo rejects, so that a rejection can be seen.</summary>
    public static readonly IReadOnlyList<string> RejectedVisitors = ["user-10101", "user-10202", "user-10303"];

    private static readonly string[] _plans = ["free", "starter", "pro", "enterprise"];
    private static readonly string[] _roles = ["admin", "editor", "viewer", "billing"];
    private static readonly string[] _features = ["report_created", "invoice_paid", "export_started", "teammate_invited"];
    private readonly Random _random = new(20260101);

    /// <summary>Makes the file.</summary>
    public void Create()
    {
        using var connection = Open();
        Execute(connection, """
            create table accounts (account_id text, name text, plan text, seats integer, monthly_revenue real, renewal_date text);
            create table visitors
                (visitor_id text, role text, account_id text, logins integer, is_admin boolean, last_login_at text, bio text);
            create table scores (visitor_id text, nps integer, churn_risk real);
            create table feature_events
                (event_id text, event_name text, visitor_id text, account_id text, occurred_at text, amount real, plan text);
            """);
        using var transaction = connection.BeginTransaction();
        for (var i = 1; i <= Accounts; i++)
            AddAccount(connection, $"acme-{i:D4}", $"Company {i}", Date(_random.Next(-30, 335)));
        for (var i = 1; i <= Visitors; i++)
            AddVisitor(connection, Visitor(i), _random.Next(0, 400), Time(TimeSpan.FromMinutes(_random.Next(1, 60 * 24 * 60))), i % 7 == 0
                ? null : $"Likes {_features[i % 4]}");
        for (var i = 1; i <= Scores; i++)
            AddScore(connection, Visitor(i), _random.Next(-100, 101));
        for (var i = 1; i <= Events; i++)
            AddEvent(connection, $"evt-{i:D6}", Visitor(_random.Next(1, Visitors + 1)), TimeSpan.FromMinutes(_random.Next(1, 5 * 24 * 60)),
                _features[i % 4]);
        AddBadRows(connection);
        transaction.Commit();
    }

    /// <summary>Changes one good row in a hundred of every table, and adds one event for every hundred.</summary>
    public void ChangeOneInHundred()
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"""
            update accounts set seats = seats + 1 where rowid % 100 = 0 and rowid <= {Accounts};
            update visitors set logins = logins + 1 where rowid % 100 = 0 and rowid <= {Visitors};
            update scores set nps = nps + 1 where rowid % 100 = 0 and rowid <= {Scores};
            """);
        for (var i = 1; i <= Events / 100; i++)
            AddEvent(connection, $"evt-new-{i:D4}", Visitor(i), TimeSpan.FromSeconds(i), "report_created");
        transaction.Commit();
    }

    // One row, or a few, for every rule that a warehouse can break.
    private void AddBadRows(SqliteConnection connection)
    {
        AddAccount(connection, null, "No id", Date(10));
        AddAccount(connection, "acme-0007", "Company 7 once more", Date(10));
        AddAccount(connection, "acme-bad-date", "No such date", "next spring");
        AddVisitor(connection, null, 1, Time(TimeSpan.Zero), null);
        AddVisitor(connection, "", 1, Time(TimeSpan.Zero), null);
        AddVisitor(connection, "_PENDO_T_abc123", 1, Time(TimeSpan.Zero), null);
        AddVisitor(connection, Visitor(1), 1, Time(TimeSpan.Zero), "The same visitor twice");
        AddVisitor(connection, "user-words", "many", Time(TimeSpan.Zero), null);
        AddVisitor(connection, "user-infinite", double.PositiveInfinity, Time(TimeSpan.Zero), null);
        AddVisitor(connection, "user-no-time", 1, "yesterday", null);
        AddVisitor(connection, "user-novel", 1, Time(TimeSpan.Zero), new string('x', 150_000));
        for (var i = 1; i <= 8; i++)
            AddScore(connection, $"left-long-ago-{i}", 50);
        for (var i = 1; i <= 40; i++)
            AddEvent(connection, $"evt-old-{i:D4}", Visitor(i), TimeSpan.FromDays(8 + i), "invoice_paid");
        AddEvent(connection, "evt-tomorrow", Visitor(1), TimeSpan.FromDays(-1), "invoice_paid");
        AddEvent(connection, "evt-nobody", null, TimeSpan.FromHours(1), "invoice_paid");
        AddEvent(connection, "evt-long", Visitor(2), TimeSpan.FromHours(1), "invoice_paid", new string('p', 600));
    }

    private void AddAccount(SqliteConnection connection, string? id, string name, string renewal) =>
        Insert(connection, "accounts", id, name, Pick(_plans), _random.Next(1, 500), Math.Round(_random.NextDouble() * 10_000, 2), renewal);

    private void AddVisitor(SqliteConnection connection, string? id, object logins, string lastLogin, string? bio) =>
        Insert(connection, "visitors", id, Pick(_roles), $"acme-{_random.Next(1, Accounts + 1):D4}", logins,
            _random.Next(2) == 1, lastLogin, bio);

    private void AddScore(SqliteConnection connection, string visitor, int nps) =>
        Insert(connection, "scores", visitor, nps, Math.Round(_random.NextDouble(), 3));

    private void AddEvent(SqliteConnection connection, string id, string? visitor, TimeSpan ago, string name, string? plan = null) =>
        Insert(connection, "feature_events", id, name, visitor, $"acme-{_random.Next(1, Accounts + 1):D4}", Time(ago),
            Math.Round(_random.NextDouble() * 100, 2), plan ?? Pick(_plans));

    private static string Visitor(int number) => $"user-{number:D5}";

    private string Time(TimeSpan ago) => (now - ago).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private string Date(int days) => now.UtcDateTime.Date.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Pick(string[] words) => words[_random.Next(words.Length)];

    private SqliteConnection Open()
    {
        // No pool: the file is deleted, or handed over, the moment the demo is done with it.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Insert(SqliteConnection connection, string table, params object?[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"insert into {table} values ({string.Join(", ", values.Select((_, i) => "$" + i))})";
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue("$" + i, values[i] ?? DBNull.Value);
        command.ExecuteNonQuery();
    }
}
