using PendoSync.Definitions;

namespace PendoSync.Tests.Basics;

public sealed class SecretValueTests
{
    [Theory]
    [InlineData("\uFEFFkey")]
    [InlineData("key\n")]
    [InlineData("key\r\n")]
    [InlineData(" \t\uFEFF key \u00A0\n\uFEFF")]
    public async Task What_files_and_clipboards_add_at_the_ends_is_no_part_of_a_secret(string kept) =>
        Assert.Equal(("key", "Bearer key"), (await ResolveAsync("${secret:k}", kept), await ResolveAsync("Bearer ${secret:k}", kept)));

    [Fact]
    public async Task White_space_inside_stays() => Assert.Equal("a b\nc", await ResolveAsync("${secret:k}", "a b\nc"));

    [Fact]
    public async Task Secret_of_white_space_alone_is_named() =>
        Assert.Contains("'k'", (await Assert.ThrowsAsync<ProblemException>(() => ResolveAsync("${secret:k}", " \n"))).Problem.Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("planted\u200Bkey", "U+200B", "place 8")]
    [InlineData("planted\nkey", "U+000A", "place 8")]
    [InlineData("\U0001F680planted", "U+1F680", "place 1")]
    [InlineData("plantédx", "U+00E9", "place 6")]
    public async Task What_cannot_stand_in_a_header_is_named_by_its_code_and_place_and_never_shown(string kept, string code, string place)
    {
        var error = await Assert.ThrowsAsync<ProblemException>(async () => await new SecretText("${secret:k}")
            .ResolveForHeaderAsync(new Kept(kept), refresh: false, default));
        Assert.Equal(ProblemKind.Configuration, error.Problem.Kind);
        Assert.Contains("'k'", error.Problem.Message, StringComparison.Ordinal);
        Assert.Contains(code, error.Problem.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("plant", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<string> ResolveAsync(string template, string kept) =>
        await new SecretText(template).ResolveAsync(new Kept(kept), refresh: false, default);

    private sealed class Kept(string value) : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) => ValueTask.FromResult(value);
    }
}
