using Cap;
using Dapper;

namespace QuickStart;

/// <summary>Ships each order. A handler without a transaction may run twice after a crash, so it writes in a way that does not mind.</summary>
public sealed class Shipping(Shop shop, Story story) : ICapSubscribe
{
    [CapSubscribe("order.placed", Group = "shipping")]
    public async Task ShipAsync(OrderPlaced placed, CancellationToken stop)
    {
        await using var connection = await shop.OpenAsync(stop);
        await connection.ExecuteAsync("insert into shipments (order_id) values (@Order) on conflict do nothing", placed);
        story.Tell("shipping", $"order {placed.Order}: parcel for {placed.Customer} is on its way");
    }
}
