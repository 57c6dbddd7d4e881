using System.Text;

namespace PendoSimulator.Records;

/// <summary>Visitor, account or parent account: its fields and its records.</summary>
internal sealed class RecordKind
{
    private readonly Lock gate = new();
    private readonly byte[] usualIdProperty;
    private volatile FieldSet fields = FieldSet.Empty;

    public RecordKind(string name)
    {
        Name = name;
        usualIdProperty = Encoding.UTF8.GetBytes(name + "Id");
        ResetFields([]);
    }

    public string Name { get; }

    public RecordStore Records { get; } = new();

    public FieldSet Fields => fields;

    /// <summary>The name of the id in a bulk call, for instance visitorId.</summary>
    public byte[] IdProperty(SimulatorOptions options) =>
        Name == "parentAccount" ? Encoding.UTF8.GetBytes(options.ParentAccountIdName) : usualIdProperty;

    public void ResetFields(IEnumerable<FieldDefinition> definitions)
    {
        lock (gate)
        {
            // Pendo's own fields, and the two flags that the API sets (AE: PUT …/pendo/value/{id}/donotprocess and …/blacklistguides).
            var set = FieldSet.Empty.With("auto", "id", "string", "Id").With("auto", "firstvisit", "time", "First Visit")
                .With("auto", "lastvisit", "time", "Last Visit")
                .With("pendo", "blacklistguides", "boolean", "Blacklist Guides").With("pendo", "donotprocess", "boolean", "Do Not Process");
            foreach (var field in definitions)
                set = set.With(field.Group, field.Name, field.Type, field.DisplayName ?? field.Name);
            fields = set;
        }
    }

    /// <summary>
    /// Adds a field, revives a deleted one, or finds the live one; says which field it is and whether it was live already.
    /// </summary>
    public (Field Field, bool Existed) AddField(string group, string name, string typeName, string displayName, bool ignoreCase)
    {
        lock (gate)
        {
            if (fields.Find(group, name, ignoreCase) is { } live)
                return (live, true);
            fields = fields.FindDeleted(group, name, ignoreCase) is { } deleted
                ? fields.WithDeleted(deleted, deleted: false)
                : fields.With(group, name, typeName, displayName);
            return (fields.Find(group, name, ignoreCase)!, false);
        }
    }

    public bool DeleteField(string group, string name, bool ignoreCase)
    {
        lock (gate)
        {
            if (fields.Find(group, name, ignoreCase) is not { } live)
                return false;
            fields = fields.WithDeleted(live, deleted: true);
            return true;
        }
    }
}
