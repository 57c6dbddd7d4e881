using System.Text;
using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

public sealed class PendoSchemaTests
{
    [Fact]
    public void Fields_of_the_group_are_read_in_either_casing_without_deleted_ones()
    {
        var schema = Parse("""
            {"auto":{"id":{"Type":"string"}},
             "Custom":{"Plan":{"Type":"string","isDeleted":false},"seats":{"type":"integer","IsDeleted":false},
                       "gone":{"Type":"time","isDeleted":true},"also_gone":{"Type":"time","ISDELETED":true},"odd":{"Type":""},
                       "bare":{},"strange":7}}
            """);

        Assert.Equal(["Plan:string", "bare:", "odd:", "seats:integer", "strange:"], schema.Fields.Select(f => $"{f.Name}:{f.Type}")
            .Order(StringComparer.Ordinal));
        Assert.Equal("Plan", schema.Find("PLAN")!.Name);
        Assert.Null(schema.Find("gone"));
        Assert.Null(schema.Find("id"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"auto":{"id":{"Type":"string"}}}""")]
    [InlineData("""{"custom":null}""")]
    public void A_group_that_is_not_there_has_no_fields(string body) => Assert.Empty(Parse(body).Fields);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"custom":{"a":{"Type":""")]
    [InlineData("""{"custom":{"\ud800":{"Type":"string"}}}""")]
    public void Another_answer_is_a_problem_with_a_fix(string body)
    {
        var problem = Assert.Throws<ProblemException>(() => Parse(body)).Problem;

        Assert.Equal((ProblemKind.Transient, "here"), (problem.Kind, problem.Place));
        Assert.NotNull(problem.Fix);
    }

    private static PendoSchema Parse(string body) => PendoSchema.Parse(Encoding.UTF8.GetBytes(body), "custom", "here");
}
