using Cap.Messages;

namespace Cap;

public sealed partial class CapOptions
{
    /// <summary>Beyond it a limit is none worth the name, and timers do not count much further.</summary>
    internal static readonly TimeSpan LongestHandlerTimeout = TimeSpan.FromDays(30);

    private Extension? _storage;
    private Extension? _transport;

    internal Extension? Storage => _storage;

    internal Extension? Transport => _transport;

    /// <summary>Everything that is wrong, each with name, value and remedy.</summary>
    internal IEnumerable<string> Check()
    {
        if (_storage is null)
            yield return "No storage is configured. Call UsePostgreSql, UseSqlite or UseInMemory in AddCap.";
        if (_transport is null)
            yield return "No transport is configured. Call UseRabbitMQ in AddCap, or UseInProcessTransport if all handlers live in this process.";
        foreach (var fault in (_storage?.Check() ?? []).Concat(_transport?.Check() ?? []))
            yield return fault;

        foreach (var fault in new[] { (nameof(DefaultGroupName), DefaultGroupName), (nameof(NodeName), NodeName), (nameof(Version), Version) })
        {
            if (string.IsNullOrWhiteSpace(fault.Item2) || MessageName.HasControl(fault.Item2) || fault.Item2.Length > 200)
                yield return $"{fault.Item1} is '{MessageName.Printable(fault.Item2 ?? "")}'. Give it 1 to 200 plain characters.";
        }
        if (Version is { Length: > 20 } || Version?.Contains('.', StringComparison.Ordinal) == true)
            yield return $"{nameof(Version)} is '{Version}'. Give it at most 20 characters without a dot, like 'v1'.";
        foreach (var (name, value) in new[] { (nameof(GroupNamePrefix), GroupNamePrefix), (nameof(TopicNamePrefix), TopicNamePrefix) })
        {
            if (value is { Length: > 0 } && (MessageName.HasControl(value) || value.Length > 100 || value.Contains('*') || value.Contains('#')))
                yield return $"{name} is '{MessageName.Printable(value)}'. Give it at most 100 plain characters without '*' and '#', or leave it null.";
        }

        foreach (
            var fault in new[]
            {
                Least(nameof(SucceedMessageExpiredAfter), SucceedMessageExpiredAfter, TimeSpan.Zero),
                Least(nameof(FailedMessageExpiredAfter), FailedMessageExpiredAfter, TimeSpan.Zero),
                Least(nameof(CollectorCleaningInterval), CollectorCleaningInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
                Least(nameof(DeduplicationWindow), DeduplicationWindow, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
                Least(nameof(FailedRetryInterval), FailedRetryInterval, TimeSpan.Zero, TimeSpan.FromDays(365)),
                Least(nameof(LeaseTime), LeaseTime, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
                Least(nameof(PollingInterval), PollingInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)),
                Least(nameof(ShutdownTime), ShutdownTime, TimeSpan.Zero, TimeSpan.FromHours(1)),
                HandlerTimeout is { } limit ? Least(nameof(HandlerTimeout), limit, TimeSpan.FromMilliseconds(1), LongestHandlerTimeout) : null,
                Least(nameof(ImmediateRetryCount), ImmediateRetryCount, 0, 1000),
                Least(nameof(FailedRetryCount), FailedRetryCount, 1, int.MaxValue),
                Least(nameof(KeptAttemptCount), KeptAttemptCount, 1, 1000),
                Least(nameof(ConsumerThreadCount), ConsumerThreadCount, 1, 10_000),
                Least(nameof(SchedulerBatchSize), SchedulerBatchSize, 1, 10_000),
                Least(nameof(ShardCount), ShardCount, 1, 256),
                Least(nameof(MaxMessageBytes), MaxMessageBytes, 1024, 128 * 1024 * 1024),
            }
        )
        {
            if (fault is not null)
                yield return fault;
        }
        if (MaxBufferedBytes < MaxMessageBytes)
        {
            yield return $"{nameof(MaxBufferedBytes)} is {MaxBufferedBytes}, less than {nameof(MaxMessageBytes)} ({MaxMessageBytes}). "
                + "A worker must be able to hold one message.";
        }
    }

    private static string? Least<T>(string name, T value, T least, T? most = null)
        where T : struct, IComparable<T> =>
        value.CompareTo(least) < 0 || value.CompareTo(most ?? value) > 0
            ? $"{name} is {value}. Give it {(most is null ? $"at least {least}" : $"a value from {least} to {most}")}."
            : null;
}
