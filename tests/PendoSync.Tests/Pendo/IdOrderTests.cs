using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

public sealed class IdOrderTests
{
    [Theory]
    [InlineData("B a b", true)]
    [InlineData("a B c", true)]
    [InlineData("a B C b", false)]
    [InlineData("a a", false)]
    [InlineData("b a", false)]
    // UTF-16 puts the pair of an emoji before a ligature, UTF-8 behind it; no order has both.
    [InlineData("a 😀 ﬀ", true)]
    [InlineData("a ﬀ 😀", true)]
    [InlineData("ﬀ 😀 ﬁ", false)]
    [InlineData("a ab b", true)]
    public void Ids_are_in_one_order_throughout_or_in_none(string ids, bool ordered)
    {
        var order = new IdOrder();
        Assert.Equal(ordered, ids.Split(' ').All(order.Takes));
    }
}
