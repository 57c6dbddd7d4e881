namespace PendoSync.Definitions;

/// <summary>A sync whose definition cannot be loaded. It is shown as failing and does not run; the others do.</summary>
/// <param name="Name">Its name, or one made from its file's where the name cannot be read or belongs to another sync.</param>
/// <param name="Problems">What is wrong: in its file, or in a connection that it uses.</param>
public sealed record BrokenSync(string Name, IReadOnlyList<DefinitionProblem> Problems)
{
    /// <summary>The first problem, and how many more there are.</summary>
    public Problem Problem => DefinitionProblem.Summary(Problems);
}
