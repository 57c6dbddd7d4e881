namespace PendoSync.State;

/// <summary>What the entity of a batch says.</summary>
public enum BatchRowKind
{
    /// <summary>Somebody is about to call Pendo, or does; live until its deadline.</summary>
    Intent,

    /// <summary>Its deliverer let go of it; a later copy goes on.</summary>
    Released,

    /// <summary>Final; written once (promise 3).</summary>
    Receipt,
}
