using Cap;

namespace QuickStart.Demo;

/// <summary>Puts goods aside, one reservation of a good after the other.</summary>
public sealed class Stock(TimeProvider time) : ICapSubscribe
{
    [CapSubscribe("stock.*", Group = "stock")]
    public Task ReserveAsync(Reservation reservation, CancellationToken stop) =>
        reservation is { Good: "rug", Pieces: 4 } && Random.Shared.Next(3) == 0
            ? throw new InvalidOperationException($"There are not {reservation.Pieces} rugs left.")
            : Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 15)), time, stop);
}
