using PendoSync.Definitions;

namespace PendoSync.Loading;

/// <summary>A file of syncs/ as far as it could be read.</summary>
/// <param name="Problems">What is wrong with it.</param>
/// <param name="Draft">Null when not even its keys could be read.</param>
internal sealed record SyncFile(FileProblems Problems, SyncDraft? Draft)
{
    /// <summary>Its file's name as the name of a sync: what whoever reads it would call it.</summary>
    public string FileName
    {
        get
        {
            var name = Path.GetFileNameWithoutExtension(Problems.File).ToLowerInvariant();
            var slug = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
            return slug.Length == 0 ? "sync" : slug[..Math.Min(slug.Length, 60)];
        }
    }

    /// <summary>What keeps its sync from running: in the file, or in a connection that it uses.</summary>
    public IReadOnlyList<DefinitionProblem> Faults(Connections connections) => Draft is null ? Problems.Own :
    [
        .. Problems.Own,
        .. connections.WarehouseFaults.GetValueOrDefault(Draft.Definition.Warehouse, []),
        .. connections.PendoFaults.GetValueOrDefault(Draft.Definition.Pendo, []),
    ];

    /// <summary>The sync's name, else the file's; of a name that is taken already another one is made.</summary>
    /// <param name="taken">Takes it.</param>
    public string NameBeside(HashSet<string> taken)
    {
        var candidates = Enumerable.Range(2, 1000).Select(n => $"{FileName}-{n}").Prepend(FileName);
        return (Draft?.Name is { } name ? candidates.Prepend(name) : candidates).First(taken.Add);
    }
}
