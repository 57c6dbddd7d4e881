using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

public sealed class FieldPlanTests
{
    private static readonly TestRows _rows =
        new([new("id", typeof(string)), new("plan", typeof(string)), new("Seats", typeof(int)), new("vip", typeof(bool)),
        new("since", typeof(DateTime), "timestamptz"),
        new("tags", typeof(string[])), new("doc", typeof(string), "json"), new("updated", typeof(DateTime), "timestamptz")]);

    private static readonly PendoSchema _schema =
        new([new("Plan", "string"), new("SEATS", "int"), new("score", "float"), new("odd", ""), new("when", "time")]);

    [Fact]
    public void Names_are_matched_without_regard_to_case_and_sent_in_Pendos_spelling()
    {
        var plan = Make([new("plan") { Column = "PLAN" }, new("seats") { Column = "seats" }]);

        Assert.Equal([("Plan", "plan", FieldTarget.String), ("SEATS", "Seats", FieldTarget.Integer)],
            plan.Fields.Select(f => (f.Name, f.Column!.Name, f.Target)));
        Assert.Empty(plan.Missing);
    }

    [Fact]
    public void A_star_takes_every_column_that_is_not_spoken_for()
    {
        var sync = TestSyncs.Visitors with
        {
            Model = new Model { Table = "t", Cursor = "UPDATED" },
            AllColumns = true,
            Exclude = ["DOC", "tags"],
            Fields = [new("score") { Column = "seats" }],
        };

        Assert.Equal([("Plan", "plan"), ("score", "Seats"), ("since", "since"), ("vip", "vip")],
            FieldPlan.Make(sync, _rows.Columns, _schema).Fields.Select(f => (f.Name, f.Column!.Name)));
    }

    [Theory]
    [InlineData("Plan Name", "letters, digits and underscores")]
    [InlineData("2nd", "letters, digits and underscores")]
    public void A_star_refuses_a_column_whose_name_no_field_may_have(string name, string reason)
    {
        var rows = new TestRows([new("visitor", typeof(string)), new("plan", typeof(string)), new(name, typeof(string))]);
        var sync = TestSyncs.Visitors with { Key = "visitor", AllColumns = true };

        var problem = Assert.Throws<ProblemException>(() => FieldPlan.Make(sync, rows.Columns, _schema)).Problem;
        Assert.Equal(ProblemKind.Configuration, problem.Kind);
        foreach (var part in new[] { $"'{name}'", reason, "`exclude`" })
            Assert.Contains(part, problem.Message);
        Assert.Contains(name,
            FieldPlan.Make(sync, rows.Columns, new PendoSchema([new("Plan", "string"), new(name, "string")])).Fields.Select(f => f.Name));
        Assert.Equal(["Plan"], FieldPlan.Make(sync with { Exclude = [name] }, rows.Columns, _schema).Fields.Select(f => f.Name));
        Assert.Equal(["Plan", "copy"],
            FieldPlan.Make(sync with { Fields = [new("copy") { Column = name }] }, rows.Columns, _schema).Fields.Select(f => f.Name));
    }

    [Theory]
    [InlineData("plan", null, "string", FieldTarget.String)]
    [InlineData("seats", null, "number", FieldTarget.Number)]
    [InlineData("vip", null, "boolean", FieldTarget.Boolean)]
    [InlineData("since", null, "time", FieldTarget.Time)]
    [InlineData("doc", null, "string", FieldTarget.String)]
    [InlineData("seats", FieldType.String, "string", FieldTarget.String)]
    public void A_missing_field_is_made_with_the_type_of_its_column(string column, FieldType? type, string created, FieldTarget target)
    {
        var plan = Make([new("fresh") { Column = column, Type = type }]);

        Assert.Equal([new NewField("fresh", created)], plan.Missing);
        Assert.Equal(target, Assert.Single(plan.Fields).Target);
    }

    [Fact]
    public void A_missing_field_of_a_constant_has_the_constants_type()
    {
        var plan = Make([new("a") { Constant = true }, new("b") { Constant = 1.5m }, new("c") { Constant = "x" }]);

        Assert.Equal(["boolean", "number", "string"], plan.Missing.Select(f => f.Type));
    }

    [Fact]
    public void An_integer_with_a_unit_is_a_time()
    {
        Assert.Equal("time", Assert.Single(Make([new("fresh") { Column = "seats", Unit = InstantUnit.Seconds }]).Missing).Type);
        Assert.Equal(FieldTarget.Time, Assert.Single(Make([new("odd") { Column = "seats", Unit = InstantUnit.Seconds }]).Fields).Target);
        Assert.Equal(FieldTarget.Any, Assert.Single(Make([new("odd") { Column = "seats" }]).Fields).Target);
        Assert.Contains("unit", Refused([new("when") { Column = "seats" }]));
    }

    [Fact]
    public void A_declared_type_must_not_contradict_Pendos()
    {
        Assert.Equal(FieldTarget.Integer, Assert.Single(Make([new("seats") { Column = "seats", Type = FieldType.Number }]).Fields).Target);
        Assert.Equal(FieldTarget.Boolean, Assert.Single(Make([new("odd") { Column = "vip", Type = FieldType.Boolean }]).Fields).Target);
        Assert.Contains("declared as string but is of type int", Refused([new("seats") { Column = "seats", Type = FieldType.String }]));
    }

    [Fact]
    public void All_mistakes_are_named_at_once_with_what_there_is()
    {
        var text = Refused([new("a") { Column = "gone" }, new("b") { Column = "away" }, new("c") { Column = "tags" },
            new("Plan") { Column = "plan" }, new("PLAN") { Column = "doc" }]);

        foreach (var part in new[] { "'gone'", "'away'", "it has: id, plan, Seats", "'c' is a list",
            "two columns are mapped to field 'Plan'" })
            Assert.Contains(part, text);
    }

    [Fact]
    public void Two_missing_fields_that_differ_in_case_are_one()
    {
        Assert.Contains("two columns are mapped", Refused([new("Fresh") { Column = "plan" }, new("fresh") { Column = "doc" }]));
    }

    [Fact]
    public void A_constant_that_does_not_fit_is_a_mistake_of_the_definition()
    {
        Assert.Contains("constant of field 'seats'", Refused([new("seats") { Constant = "many" }]));
        Assert.Contains("constant of field 'seats'", Refused([new("seats") { Constant = 1.5m }]));
    }

    [Fact]
    public void A_column_name_in_two_spellings_needs_the_exact_one()
    {
        var rows = new TestRows([new("id", typeof(string)), new("Plan", typeof(string)), new("PLAN", typeof(int))]);
        var sync = TestSyncs.Visitors with { Fields = [new("Plan") { Column = "PLAN", Type = FieldType.String }] };

        Assert.Equal(2, Assert.Single(FieldPlan.Make(sync, rows.Columns, _schema).Fields).Column!.Ordinal);
        Assert.Throws<ProblemException>(() =>
            FieldPlan.Make(sync with { Fields = [new("Plan") { Column = "plan" }] }, rows.Columns, _schema));
    }

    private static FieldPlan Make(IReadOnlyList<FieldMapping> fields) =>
        FieldPlan.Make(TestSyncs.Visitors with { Fields = fields }, _rows.Columns, _schema);

    private static string Refused(IReadOnlyList<FieldMapping> fields)
    {
        var problem = Assert.Throws<ProblemException>(() => Make(fields)).Problem;
        Assert.Equal(ProblemKind.Configuration, problem.Kind);
        Assert.Contains("syncs/visitors.yaml", problem.Fix);
        return problem.Message;
    }
}
