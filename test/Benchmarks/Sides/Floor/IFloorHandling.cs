namespace Cap.Benchmarks;

/// <summary>What happens to a batch that is stored.</summary>
internal interface IFloorHandling
{
    /// <summary>Whether the inbox deletes the due rows of a handled batch; else the handling does that itself.</summary>
    bool IsSettledByInbox { get; }

    /// <summary>Handles a batch.</summary>
    /// <param name="items">The messages.</param>
    /// <param name="stored">Their due rows, those of duplicates left out, in any order.</param>
    void Handle(IReadOnlyList<FloorItem> items, IReadOnlyList<FloorStored> stored);
}
