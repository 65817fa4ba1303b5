namespace Cap.Dashboard.Tests;

/// <summary>A shop with what goes wrong in one: for pictures that look like somebody's work.</summary>
public sealed class ShopHandlers : ICapSubscribe
{
    /// <summary>Messages that nobody can handle.</summary>
    public const int GivenUp = 9;

    private static readonly string[] Customers = ["ada", "barbara", "edsger", "grace", "margaret", "tony"];

    [CapSubscribe("order.placed", Group = "billing")]
    public void Bill(Order order) => ArgumentNullException.ThrowIfNull(order);

    [CapSubscribe("order.*", Group = "shipping")]
    public void Ship(Order order) => ArgumentNullException.ThrowIfNull(order);

    [CapSubscribe("payment.requested", Group = "payments")]
    public void Take(Payment payment)
    {
        if (payment.Number % 10 == 7)
            throw new TimeoutException($"The bank did not answer payment {payment.Number} within 20 s.");
        if (payment.Number % 10 == 3)
            throw new InvalidOperationException($"The card of {payment.Customer} is not accepted.");
    }

    [CapSubscribe("mail.#", Group = "mail")]
    public void Send(Mail mail)
    {
        if (mail.To.EndsWith('@'))
            throw new FormatException($"'{mail.To}' is no address.");
    }

    public static async Task FillAsync(ICapPublisher publisher)
    {
        for (var n = 1; n <= 40; n++)
        {
            var customer = Customers[n % Customers.Length];
            var options = new PublishOptions { Key = customer, Headers = new Dictionary<string, string?> { ["tenant"] = n % 3 == 0 ? "north" : "south" } };
            await publisher.PublishAsync("order.placed", new Order(1_000 + n, customer, ["lamp", "chair"]), options);
            await publisher.PublishAsync("payment.requested", new Payment(n, customer, 19.5m * n, "EUR"), new PublishOptions { Headers = options.Headers });
            if (n % 8 == 0)
                await publisher.PublishDelayAsync(TimeSpan.FromMinutes(n), "mail.reminder", new Mail($"{customer}@example.org", "You left something in your basket"));
        }
        await publisher.PublishAsync("mail.receipt", new Mail("nobody@", "Receipt 17"));
    }

    public sealed record Order(int Number, string Customer, IReadOnlyList<string> Goods);

    public sealed record Payment(int Number, string Customer, decimal Amount, string Currency);

    public sealed record Mail(string To, string Subject);
}
