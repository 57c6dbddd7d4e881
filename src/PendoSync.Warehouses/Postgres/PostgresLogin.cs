using Azure.Core;
using Npgsql;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Opens connections to PostgreSQL and its relatives: TLS modes as libpq has them (https://www.postgresql.org/docs/current/libpq-ssl.html),
/// login by password or by a Microsoft Entra token
/// (https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-configure-sign-in-azure-ad-authentication).
/// </summary>
internal sealed class PostgresLogin(WarehouseContext context, PostgresErrors errors) : IAsyncDisposable
{
    /// <summary>What a token for Azure's databases of PostgreSQL and MySQL is asked for.</summary>
    internal const string EntraScope = "https://ossrdbms-aad.database.windows.net/.default";

    /// <summary>What such a token needs at the database.</summary>
    internal const string PrincipalFix = "'user' is the name of its Entra principal in the database.";

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private NpgsqlDataSource? _source;
    private string _target = "";
    private TimeSpan _timeout;
    private SslMode _mode;
    private bool _refreshPassword;

    /// <summary>What Redshift needs to differ in; applied before the data source is built.</summary>
    public Action<NpgsqlConnectionStringBuilder> Adjust { get; init; } = _ => { };

    /// <summary>The settings of one relative.</summary>
    public static IReadOnlyList<SettingSpec> Settings(string port, bool entra) =>
    [
        new("host", SettingKind.Text, "Host name or address.", Required: true, Source: true),
        new("port", SettingKind.Number, "TCP port.", Default: port, Source: true),
        new("database", SettingKind.Text, "Database to connect to.", Required: true, Source: true),
        new("user", SettingKind.Text, "User that may only read; with entra the Entra principal's name.", Required: true),
        new("password", SettingKind.Secret, "The user's password."),
        new("ssl_mode", SettingKind.Text, "TLS as libpq has it; Entra needs require or more.", Default: "prefer",
            Values: ["disable", "prefer", "require", "verify-ca", "verify-full"]),
        new("ca_file", SettingKind.File, "PEM file with the certificate authority for verify-ca and verify-full."),
        new("connect_timeout", SettingKind.Number, "Seconds until a connection must stand.", Default: "15"),
        .. entra
            ? (SettingSpec[])
            [
                new("auth", SettingKind.Text, "password, or entra for a Microsoft Entra token (Azure Database for PostgreSQL).",
                    Default: "password", Values: ["password", "entra"]),
                new("client_id", SettingKind.Text, "Client id of a user-assigned managed identity, for entra; in the app its own."),
                new("client_certificate", SettingKind.File, "PEM file with the user's certificate, for servers that ask for one."),
                new("client_key", SettingKind.Secret, "PEM of the certificate's private key."),
            ]
            : [],
    ];

    /// <summary>Rules between the settings.</summary>
    public static IEnumerable<string> Rules(IReadOnlyDictionary<string, SecretText> settings)
    {
        var entra = settings.TryGetValue("auth", out var auth) && auth.Template == "entra";
        if (entra && settings.ContainsKey("password"))
            yield return "auth: entra takes no password";
        if (entra && settings.TryGetValue("ssl_mode", out var mode) && mode.Template is "disable" or "prefer")
            yield return "auth: entra needs ssl_mode require, verify-ca or verify-full, so that the token is never sent in clear";
        if (settings.ContainsKey("client_certificate") != settings.ContainsKey("client_key"))
            yield return "client_certificate and client_key belong together";
    }

    /// <summary>An open connection; a first failure that may pass is tried once more.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var source = await SourceAsync(ct);
        using var limit = new CancellationTokenSource(_timeout, context.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        for (var tried = 1; ; tried++)
        {
            try
            {
                return await source.OpenConnectionAsync(both.Token);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                throw new OperationCanceledException(ct);
            }
            catch (PostgresException error) when (tried == 1 && error.SqlState == PostgresErrorCodes.InvalidPassword
                && context.Has("password"))
            {
                // The secret may have been rotated since it was cached.
                _refreshPassword = true;
            }
            catch (Exception error) when (tried == 1 && !both.IsCancellationRequested && PostgresErrors.IsTransient(error))
            {
                await PauseAsync(error, both.Token, ct);
            }
            catch (Exception error) when (error is NpgsqlException or OperationCanceledException or TimeoutException
                or System.Net.Sockets.SocketException or IOException)
            {
                throw errors.ExplainConnect(error, _target, _timeout, _mode, context.Has("client_certificate"));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync();
        _gate.Dispose();
    }

    private async Task PauseAsync(Exception error, CancellationToken both, CancellationToken ct)
    {
        try
        {
            await Task.Delay(RetryPause, context.Clock, both);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw errors.ExplainConnect(error, _target, _timeout, _mode, context.Has("client_certificate"));
        }
    }

    private async Task<NpgsqlDataSource> SourceAsync(CancellationToken ct)
    {
        if (_source is { } made)
            return made;
        await _gate.WaitAsync(ct);
        try
        {
            return _source ??= await BuildAsync(ct);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<NpgsqlDataSource> BuildAsync(CancellationToken ct)
    {
        var entra = await context.GetAsync("auth", ct) == "entra";
        var port = await NumberAsync("port", ct);
        _timeout = TimeSpan.FromSeconds(await NumberAsync("connect_timeout", ct));
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = await context.GetAsync("host", ct),
            Port = port,
            Database = await context.GetAsync("database", ct),
            Username = await context.GetAsync("user", ct),
            SslMode = SslModeOf(entra && !context.Has("ssl_mode") ? "require" : await context.GetAsync("ssl_mode", ct)),
            ApplicationName = "pendosync",
            Timeout = (int)_timeout.TotalSeconds,
            CommandTimeout = 0,
            TcpKeepAliveTime = WarehouseTypes.KeepAliveSeconds,
            TcpKeepAliveInterval = WarehouseTypes.KeepAliveSeconds,
            MaxPoolSize = 20,
            ReadBufferSize = 64 * 1024,
            // An array with nulls becomes an array of nullable elements instead of an error.
            ArrayNullabilityMode = ArrayNullabilityMode.PerInstance,
        };
        if (await context.GetAsync("ca_file", ct) is { } ca)
            settings.RootCertificate = CertificateFile.PathOf(ca, context.ProjectDirectory, errors.Problems);
        Adjust(settings);
        (_target, _mode) = ($"{settings.Host}:{port}", settings.SslMode);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (await context.GetAsync("client_certificate", ct) is { } file)
        {
            var own = CertificateFile.WithKey(file, context.ProjectDirectory, (await context.GetAsync("client_key", ct))!, errors.Problems);
            builder.UseSslClientAuthenticationOptionsCallback(options => options.ClientCertificates = [own]);
        }

        if (entra)
            UseEntra(builder, await context.GetAsync("client_id", ct), errors.Problems.Place);
        else if (context.Has("password"))
            builder.UsePasswordProvider(NoSyncOpen, async (_, token) => await PasswordAsync(token));
        return builder.Build();
    }

    // Asked for each new connection: the credential keeps a token and renews it before it ends.
    private static void UseEntra(NpgsqlDataSourceBuilder builder, string? clientId, string place)
    {
        var credential = AzureIdentity.Credential(clientId);
        builder.UsePasswordProvider(NoSyncOpen, async (_, ct) =>
            (await AzureIdentity.TokenAsync(credential, EntraScope, place, PrincipalFix, ct)).Token);
    }

    private async ValueTask<string> PasswordAsync(CancellationToken ct)
    {
        var refresh = _refreshPassword;
        _refreshPassword = false;
        return await context.Connection.Settings["password"].ResolveAsync(context.Secrets, refresh, ct);
    }

    private async ValueTask<int> NumberAsync(string name, CancellationToken ct) =>
        int.TryParse(await context.GetAsync(name, ct), out var number) && number > 0
            ? number
            : throw errors.Problems.Configuration($"'{name}' is not a positive whole number", $"Correct '{name}'.");

    private static SslMode SslModeOf(string? text) => text switch
    {
        "disable" => SslMode.Disable,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => SslMode.Prefer,
    };

    private static string NoSyncOpen(NpgsqlConnectionStringBuilder settings) =>
        throw new NotSupportedException("connections are opened asynchronously");
}
