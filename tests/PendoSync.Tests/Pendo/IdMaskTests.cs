using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

/// <summary>What Pendo says is kept, and nobody's id in it.</summary>
public sealed class IdMaskTests
{
    [Theory]
    [InlineData("anna: bad", "(id): bad")]
    [InlineData("bad: anna", "bad: (id)")]
    [InlineData("anna", "(id)")]
    [InlineData("ANNA, (Anna) and anna", "(id), ((id)) and (id)")]
    [InlineData("anna anna", "(id) (id)")]
    // Part of another word or number is no id, and an id that ends with a sign ends there.
    [InlineData("annabel, joanna, anna5, 5anna", "annabel, joanna, anna5, 5anna")]
    [InlineData("17 of 170 and 217", "(id) of 170 and 217")]
    [InlineData("c++x -cc++", "(id)x -cc++")]
    // The longest counts.
    [InlineData("anna@x.com", "(id)")]
    [InlineData("anna@y.com", "(id)@y.com")]
    [InlineData("nothing of anybody", "nothing of anybody")]
    [InlineData("", "")]
    public void An_id_is_masked_where_it_stands_alone(string text, string expected) =>
        Assert.Equal(expected, new IdMask(["anna", "anna@x.com", "17", "c++"]).Mask(text));

    [Theory]
    [InlineData("a+b's", "a+b's, a\\u002Bb\\u0027s")]
    [InlineData("\u00FC", "\u00FC, \\u00FC, \u00DC")]
    [InlineData("say \"hi\"", "say \"hi\", say \\\"hi\\\", say \\u0022hi\\u0022")]
    [InlineData(" padded ", "padded, padded")]
    public void An_id_is_masked_in_every_form_that_JSON_may_give_it(string id, string text) =>
        Assert.Equal(string.Join(", ", text.Split(", ").Select(_ => "(id)")), new IdMask([id]).Mask(text));

    [Fact]
    public void An_id_of_white_space_only_masks_nothing_and_a_mask_serves_many_texts()
    {
        var mask = new IdMask([" ", "", "v1"]);
        Assert.Equal(("a b", "(id) c", "d (id)"), (mask.Mask("a b"), mask.Mask("v1 c"), mask.Mask("d v1")));
    }

    [Fact]
    public void The_ids_are_not_read_while_there_is_nothing_to_say()
    {
        var read = false;
        _ = new IdMask(Ids());
        Assert.False(read);

        IEnumerable<string> Ids()
        {
            read = true;
            yield return "v1";
        }
    }
}
