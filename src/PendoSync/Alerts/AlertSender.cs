using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PendoSync.Definitions;
using PendoSync.State;

namespace PendoSync.Alerts;

/// <summary>Sends one message once; says why it could not.</summary>
internal sealed class AlertSender(ISecretStore secrets, HttpMessageInvoker http, TimeProvider clock)
{
    private const string SecretPrefix = "whsec_";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>Sends a message.</summary>
    /// <returns>Null when the receiver took it, else the reason.</returns>
    public async Task<string?> SendAsync(AlertDefinition alert, AlertMessage message, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Longest);
        try
        {
            using var request = await RequestAsync(alert, message, limit.Token);
            using var answer = await http.SendAsync(request, limit.Token);
            return answer.IsSuccessStatusCode ? null : $"HTTP {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"no answer within {Longest.TotalSeconds:0} s";
        }
        catch (HttpRequestException e)
        {
            // The exception's message may name the address, which usually is a secret.
            return e.HttpRequestError.ToString();
        }
        catch (ProblemException e)
        {
            return e.Problem.Message;
        }
        catch (Exception e) when (e is FormatException or UriFormatException or ArgumentException
            or InvalidOperationException or IOException)
        {
            return e is FormatException and not UriFormatException ? $"its secret is not {SecretPrefix} and base64"
                : "its url is no http address";
        }
    }

    private async Task<HttpRequestMessage> RequestAsync(AlertDefinition alert, AlertMessage message, CancellationToken ct)
    {
        var refresh = message.Tries > 1;
        var url = new Uri(await alert.Url.ResolveAsync(secrets, refresh, ct));
        var request =
            new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(message.Body, Encoding.UTF8, "application/json") };
        if (alert.Format == "slack")
            return request;
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", timestamp);
        if (alert.Secret is { } secret)
            request.Headers.Add("webhook-signature",
                Sign(await secret.ResolveAsync(secrets, refresh, ct), $"{message.Id}.{timestamp}.{message.Body}"));
        return request;
    }

    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, symmetric signatures
    private static string Sign(string secret, string content)
    {
        var key = Convert.FromBase64String(secret.StartsWith(SecretPrefix, StringComparison.Ordinal)
            ? secret[SecretPrefix.Length..] : secret);
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(content)));
    }
}
