using Cap;

namespace QuickStart.Demo;

/// <summary>Takes payments from a service that is slow at times, and at times not there.</summary>
public sealed class Payments(TimeProvider time) : ICapSubscribe
{
    [CapSubscribe("payment.requested", Group = "payments")]
    public async Task<string> TakeAsync(Payment payment, CancellationToken stop)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 250)), time, stop);
        return Random.Shared.Next(100) switch
        {
            < 4 => throw new HttpRequestException($"The payment service answered 503 for payment {payment.Number}."),
            < 6 => throw new TimeoutException($"The payment service did not answer payment {payment.Number} in time."),
            < 7 => throw new InvalidOperationException($"The card of {payment.Customer} is not accepted."),
            _ => $"payment {payment.Number} taken",
        };
    }

    [CapSubscribe("payment.answered", Group = "books")]
    public void Book(string answer) { }
}
