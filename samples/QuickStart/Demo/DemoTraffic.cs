using Cap;

namespace QuickStart.Demo;

/// <summary>Makes traffic as a shop might have it, with all that goes wrong in one: for looking around in the dashboard.</summary>
public sealed class DemoTraffic(ICapPublisher publisher, OrderDesk desk, TimeProvider time)
{
    private static readonly string[] Customers = ["Ada", "Grace", "Edsger", "Barbara", "Tony", "Margaret", "Niklaus"];
    private static readonly string[] Goods = ["lamp", "chair", "table", "shelf", "rug"];

    public async Task RunAsync(CancellationToken stop)
    {
        for (var n = 1; ; n++)
        {
            var customer = Customers[Random.Shared.Next(Customers.Length)];
            var headers = new Dictionary<string, string?> { ["tenant"] = n % 3 == 0 ? "north" : "south" };
            switch (Random.Shared.Next(10))
            {
                case 0:
                    await desk.PlaceAsync(customer, stop);
                    break;
                case 1:
                    var reminder = new Mail(customer, "You left something in your basket");
                    await publisher.PublishDelayAsync(TimeSpan.FromMinutes(Random.Shared.Next(1, 30)), "mail.reminder", reminder, headers, stop);
                    break;
                case 2:
                    await publisher.PublishAsync("mail.receipt", new Mail(n % 40 == 0 ? "nobody@" : customer, $"Receipt {n}"), headers, stop);
                    break;
                case <= 5:
                    await publisher.PublishAsync("payment.requested", new Payment(n, customer, Random.Shared.Next(5, 500)), "payment.answered", stop);
                    break;
                default:
                    var good = Goods[Random.Shared.Next(Goods.Length)];
                    var options = new PublishOptions { Key = good, Headers = headers };
                    await publisher.PublishAsync("stock.reserved", new Reservation(good, Random.Shared.Next(1, 5)), options, stop);
                    break;
            }
            // Busier and calmer in turn, a wave in ten minutes.
            var wave = 1.2 + Math.Sin(time.GetUtcNow().TimeOfDay.TotalMinutes / 10 * Math.Tau);
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(40, 200) * wave), time, stop);
        }
    }
}
