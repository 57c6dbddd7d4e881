using Npgsql;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>One PostgreSQL server for all tests of <see cref="PostgresCollection"/>; started only where PostgreSQL is installed.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    public string Host => "127.0.0.1";

    public int Port => _server!.Port;

    public string User => "postgres";

    public string Password { get; } = "planted-" + Guid.NewGuid().ToString("N");

    public string Database => "postgres";

    public string ConnectionString =>
        $"Host={Host};Port={Port};Username={User};Password={Password};Database={Database};Include Error Detail=false";

    public async Task InitializeAsync()
    {
        if (PostgresServer.Binaries is not null)
            _server = await PostgresServer.StartAsync(Password);
    }

    /// <summary>Runs statements as the superuser.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Breaks every connection and comes back on the same port.</summary>
    public async Task RestartAsync()
    {
        await _server!.RestartAsync();
        NpgsqlConnection.ClearAllPools();
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>Tests that share the server run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}

/// <summary>A fact that needs PostgreSQL; skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = Requirement.Missing;
}

/// <summary>A theory that needs PostgreSQL; skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = Requirement.Missing;
}

internal static class Requirement
{
    /// <summary>Null: PostgreSQL is there.</summary>
    public static string? Missing => PostgresServer.Binaries is null ? "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        : null;
}
