using System.Text.Json;

namespace Cap.Benchmarks;

/// <summary>A handler that only counts.</summary>
internal sealed class FloorHandling(Handled handled) : IFloorHandling
{
    public bool IsSettledByInbox => true;

    public void Handle(IReadOnlyList<FloorItem> items, IReadOnlyList<FloorStored> stored)
    {
        foreach (var row in stored)
            handled.Add(JsonSerializer.Deserialize<Work>(items[row.Place].Content.Span)!);
    }
}
