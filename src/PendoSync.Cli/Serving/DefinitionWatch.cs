using Microsoft.Extensions.Logging;
using PendoSync.Definitions;
using PendoSync.Engine;

namespace PendoSync.Cli.Serving;

/// <summary>
/// Reads the definitions again when a file of them changes, so that <c>serve</c> and the command line send by the same mapping. An edit
/// with a mistake keeps the last good ones, and says so.
/// </summary>
/// <param name="engine">Takes them.</param>
/// <param name="log">Takes what was read.</param>
internal sealed class DefinitionWatch(SyncEngine engine, ILogger log)
{
    private readonly string _folder = engine.Project.Directory;
    private readonly EnumerationOptions _deep = new() { RecurseSubdirectories = true, MaxRecursionDepth = 10 };
    private readonly Lock _gate = new();
    private Project _good = engine.Project;
    private IReadOnlyList<string> _files = [];
    private string _seen = "", _broken = "";

    /// <summary>Looks whether anything has changed; costs a few looks at files when nothing has.</summary>
    public void Look()
    {
        lock (_gate)
        {
            var (files, stamp) = (_files, Stamp(_files));
            if (stamp == _seen)
                return;
            var loaded = Load();
            // What changes while it is read is read again at the next look.
            if (Stamp(files) != stamp)
                return;
            _files = loaded.Files.Count > 0 ? loaded.Files : files;
            _seen = Stamp(_files);
            if (loaded.Project is { } good)
                Take(good, first: files.Count == 0);
            else if (_broken == _seen)
                Keep(loaded);
            else
                // An editor may be in the middle of writing: a mistake counts when it is still there at the next look.
                (_broken, _seen) = (_seen, "");
        }
    }

    private LoadResult Load()
    {
        try
        {
            return LocalProject.Load(_folder);
        }
        catch (ProblemException e)
        {
            return new LoadResult(null, [new DefinitionProblem("pendosync.yaml", 1, 1, e.Problem.Message, e.Problem.Fix)]);
        }
    }

    private void Take(Project good, bool first)
    {
        (_good, _broken) = (good, "");
        engine.Use(good);
        if (!first)
            Log.DefinitionsRead(log, string.Join(", ", good.Names));
    }

    private void Keep(LoadResult broken)
    {
        // Where there never were good ones, what can run does.
        engine.Use(_good.Problems.Count > 0 && broken.Runnable is { } runnable ? runnable
            : _good with { Problems = broken.Problems, IsStale = true });
        foreach (var problem in broken.Problems)
            Log.DefinitionBroken(log, problem.ToString());
    }

    // Names, sizes and times of the files that were read or looked for, and of those that may have come.
    private string Stamp(IReadOnlyList<string> files)
    {
        var all = files.Concat(SyncFiles()).Append(Path.Combine(_folder, ".env")).Append(Path.Combine(_folder, "pendosync.yaml"));
        return string.Join('\n', all.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(path =>
            new FileInfo(path) is { Exists: true } file ? $"{path} {file.Length} {file.LastWriteTimeUtc.Ticks}" : path));
    }

    private IEnumerable<string> SyncFiles()
    {
        try
        {
            return [.. Directory.EnumerateFiles(Path.Combine(_folder, "syncs"), "*", _deep)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
