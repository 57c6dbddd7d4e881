using System.Data;
using Npgsql;

namespace Benchmarks;

/// <summary>What nobody can do without: reading every column with its typed getter, posting every body.</summary>
internal static class Baselines
{
    private static readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });

    /// <summary>A bare reader loop; returns a sum so that nothing is optimised away.</summary>
    public static async Task<long> ReadAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("select * from visitors");
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult);
        long sum = 0;
        while (await reader.ReadAsync())
        {
            sum += reader.GetString(0).Length + reader.GetString(1).Length + reader.GetString(2).Length + reader.GetInt32(3)
                + (long)reader.GetDouble(4)
                + (long)reader.GetDecimal(5) + (reader.GetBoolean(6) ? 1 : 0) + reader.GetDateTime(7).Ticks + reader.GetDateTime(8).Ticks
                    + reader.GetString(9).Length
                + (reader.IsDBNull(10) ? 0 : reader.GetString(10).Length);
        }

        return sum;
    }

    /// <summary>The bare reader as a process of its own.</summary>
    public static async Task<int> ReadOnceAsync()
    {
        await using var source = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable("BENCH_CONNECTION")!);
        Console.WriteLine(await ReadAsync(source));
        return 0;
    }

    /// <summary>Posts prebuilt bodies with some calls at a time.</summary>
    public static Task PostAsync(Uri uri, IReadOnlyList<byte[]> bodies, int concurrency, string key) =>
        Parallel.ForEachAsync(bodies, new ParallelOptions { MaxDegreeOfParallelism = concurrency }, async (body, ct) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add("x-pendo-integration-key", key);
            using var response = await _http.SendAsync(request, ct);
            response.EnsureSuccessStatusCode();
            await response.Content.ReadAsByteArrayAsync(ct);
        });
}
