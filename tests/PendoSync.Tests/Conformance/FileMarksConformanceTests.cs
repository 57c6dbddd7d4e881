using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Conformance;

public sealed class FileMarksConformanceTests : MarkStoreConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override IMarkStore Open() => new FileMarks(_folder.File("pendosync/marks"));

    protected override IMarkStore OpenAway()
    {
        Directory.CreateDirectory(_folder.File("away/" + Id));
        return new FileMarks(_folder.File("away"));
    }
}
