using Cap;
using Dapper;

namespace QuickStart;

/// <summary>Writes a bill for each order, exactly once: the bill and the note that the message is done are one transaction.</summary>
public sealed class Billing(Story story) : ICapSubscribe
{
    [CapSubscribe("order.placed", Group = "billing")]
    public async Task BillAsync(OrderPlaced placed, ICapTransaction transaction, CancellationToken stop)
    {
        await transaction.DbTransaction!.Connection!.ExecuteAsync(
            "insert into bills (order_id, amount) values (@Order, @Amount)",
            placed,
            transaction.DbTransaction
        );
        // Thrown after the insert on purpose: the bill is rolled back, and the next attempt writes the only one.
        if (Random.Shared.Next(4) == 0)
        {
            story.Tell("billing", $"order {placed.Order}: the card terminal does not answer; Cap will try again");
            throw new TimeoutException($"The card terminal did not answer for order {placed.Order}.");
        }
        story.Tell("billing", $"order {placed.Order}: {placed.Amount} EUR billed to {placed.Customer}");
    }
}
