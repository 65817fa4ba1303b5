using Cap.Conformance;
using Cap.Leasing;
using Cap.Storage;
using Cap.Waking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cap.Core.Tests.Leasing;

/// <summary>A process of a <see cref="LeaseCluster"/>: the real keeper and leases, on a clock of its own, with a slow line to the database.</summary>
internal sealed class LeaseHost
{
    private readonly FakeTimeProvider _clock;
    private readonly LeaseKeeper _keeper;
    private Task _beat = Task.CompletedTask;
    private TaskCompletionSource? _arrival;
    private TaskCompletionSource? _answer;
    private long _sent;
    private long? _answered;

    public LeaseHost(string name, IReadOnlyList<Lane> lanes, IStorage database, TimeSpan clockError)
    {
        _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + clockError);
        var options = new CapOptions { NodeName = name, ShardCount = LeaseCluster.ShardCount, LeaseTime = LeaseCluster.LeaseTime };
        Lanes = lanes;
        Leases = new(options, _clock);
        var storage = new ObservedStorage(database) { AroundLeases = (update, _) => PassAsync(update) };
        _keeper = new(options, storage, Leases, new WakeUps(Leases), lanes, IsBusy, new(_clock), _clock, NullLogger<LeaseKeeper>.Instance);
    }

    public string Name => _keeper.LeaseName;

    public IReadOnlyList<Lane> Lanes { get; }

    public Leases Leases { get; }

    public List<LeaseWork> Works { get; } = [];

    /// <summary>Whether by the rules the last answered heartbeat still counts here.</summary>
    public bool IsHealthy => _answered is { } sent && _clock.GetElapsedTime(sent) < LeaseCluster.LeaseTime;

    public bool IsBusy(Lane lane, int shard) => Works.Exists(w => w.Lane == lane && w.Shard == shard);

    public void Pass(TimeSpan time) => _clock.Advance(time);

    public void Beat()
    {
        if (_beat.IsCompleted)
            Send();
        Arrive();
        Answer();
    }

    public void Send()
    {
        if (!_beat.IsCompleted)
            return;
        (_arrival, _answer, _sent) = (new(), new(), _clock.GetTimestamp());
        _beat = _keeper.RunOnceAsync(default);
    }

    public void Arrive() => _arrival?.TrySetResult();

    public void Answer()
    {
        if (_beat.IsCompleted || _arrival is not { Task.IsCompleted: true })
            return;
        _answer!.TrySetResult();
        Assert.True(_beat.IsCompletedSuccessfully, _beat.Exception?.ToString());
        _answered = _sent;
    }

    public void Lose()
    {
        if (_beat.IsCompleted)
            return;
        var lost = new TimeoutException();
        _arrival!.TrySetException(lost);
        _answer!.TrySetException(lost);
        Assert.IsType<TimeoutException>(_beat.Exception?.InnerException);
    }

    public void Work(Lane lane, int shard)
    {
        if (Leases.TermsOf(lane).TryGetValue(shard, out var term))
            Works.Add(new(lane, shard, term));
    }

    public void Leave()
    {
        Lose();
        (_arrival, _answer) = (null, null);
        var leaving = _keeper.LeaveAsync(default);
        Assert.True(leaving.IsCompletedSuccessfully, leaving.Exception?.ToString());
    }

    private async Task PassAsync(Func<Task> update)
    {
        if (_arrival is not null)
            await _arrival.Task;
        await update();
        if (_answer is not null)
            await _answer.Task;
    }
}
