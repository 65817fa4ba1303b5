using Cap;
using Dapper;

namespace QuickStart;

/// <summary>Takes orders: each is saved and announced in one transaction, so neither can happen without the other.</summary>
public sealed class OrderDesk(Shop shop, ICapPublisher publisher, Story story, TimeProvider time)
{
    private static readonly string[] Customers = ["Ada", "Grace", "Edsger", "Barbara", "Tony"];

    public async Task<long> PlaceAsync(string customer, CancellationToken stop)
    {
        var amount = Random.Shared.Next(5, 200);
        await using var connection = await shop.OpenAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(publisher, cancellationToken: stop);

        var order = await connection.ExecuteScalarAsync<long>(
            "insert into orders (customer, amount) values (@customer, @amount) returning id",
            new { customer, amount },
            transaction.DbTransaction
        );
        await publisher.PublishAsync("order.placed", new OrderPlaced(order, customer, amount), new PublishOptions { Key = customer }, stop);

        await transaction.CommitAsync(stop);
        story.Tell("orders", $"order {order} of {customer} for {amount} EUR is committed, its message with it");
        return order;
    }

    /// <summary>An order a second.</summary>
    public async Task KeepPlacingAsync(CancellationToken stop)
    {
        while (true)
        {
            await PlaceAsync(Customers[Random.Shared.Next(Customers.Length)], stop);
            await Task.Delay(TimeSpan.FromSeconds(1), time, stop);
        }
    }

    /// <summary>Places some orders, and waits until everything is handled, also what an earlier run left behind.</summary>
    public async Task<Totals> PlaceAndWaitAsync(int orders, CancellationToken stop)
    {
        var placed = new List<long>();
        for (var i = 0; i < orders; i++)
            placed.Add(await PlaceAsync(Customers[i % Customers.Length], stop));
        var told = time.GetTimestamp();
        while (true)
        {
            var totals = await shop.TotalsOfAsync(placed, stop);
            if (totals is { Pending: 0 } && totals.Billed == totals.Committed && totals.Shipped == totals.Committed)
                return totals;
            if (time.GetElapsedTime(told) > TimeSpan.FromSeconds(2))
            {
                told = time.GetTimestamp();
                story.Tell("wait", $"{totals.Billed} billed, {totals.Shipped} shipped, {totals.Pending} messages pending");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, stop);
        }
    }
}
