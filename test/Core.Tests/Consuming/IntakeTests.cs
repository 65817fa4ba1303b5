using System.Text;
using Cap.Conformance;
using Cap.Messages;
using Cap.Monitoring;
using Cap.Storage;
using Cap.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Core.Tests.Consuming;

/// <summary>What is set aside because the database refuses it, when its connection to the broker ends or it comes twice.</summary>
public sealed class IntakeTests : IAsyncLifetime
{
    private readonly HandedTransport _broker = new();
    private readonly Script _script = new();
    private readonly TestNode _node;
    private int _refusals;
    private bool _refuses = true;

    public IntakeTests() =>
        _node = new(
            cap => cap.UseInMemory(),
            builder =>
            {
                builder.Services.AddSingleton(_script).AddTransient<ScriptedHandlers>().AddLogging();
                var storage = builder.Services.Last(s => s.ServiceType == typeof(IStorage));
                builder.Services.AddSingleton<IStorage>(services => new ObservedStorage((IStorage)storage.ImplementationFactory!(services)) { BeforeReceive = Refuse });
                builder.Services.AddSingleton<ITransport>(_broker);
            }
        );

    private IReadOnlyList<Trouble> Troubles => _node.Services.GetRequiredService<Troubles>().Now;

    public Task InitializeAsync() => _node.StartAsync(default);

    public async Task DisposeAsync()
    {
        _script.ReleaseAll();
        await _node.DisposeAsync();
    }

    /// <summary>Each delivery of a message without an id gets another one, so nothing but the channel tells that they are the same.</summary>
    [Fact]
    public async Task A_message_without_an_id_that_comes_again_and_again_while_it_is_refused_is_stored_once()
    {
        var last = Deliver("poison", null);
        for (var reconnect = 0; reconnect < 3; reconnect++)
        {
            await SetAsideAsync();
            last.End();
            last = Deliver("poison", null);
        }
        await SetAsideAsync();
        Volatile.Write(ref _refuses, false);
        await Eventually.BecomesTrueAsync(() => _broker.Acknowledged.Contains(last));
        await _node.SettledAsync();
        Assert.Single(await _node.Storage.FindAsync(new() { Type = MessageType.Subscribe }, default));
        Assert.Equal([last], _broker.Acknowledged);
    }

    [Fact]
    public async Task Every_copy_on_a_live_channel_is_acknowledged()
    {
        var (first, second) = (HandedDelivery.Of("poison", "id"), HandedDelivery.Of("poison", "id"));
        _broker.Deliver(first, second);
        await SetAsideAsync();
        var third = Deliver("poison", "id");
        await Eventually.BecomesTrueAsync(() => _broker.Waiting == 0);
        Volatile.Write(ref _refuses, false);
        await Eventually.BecomesTrueAsync(() => _broker.Acknowledged.Count >= 3);
        Assert.Equal([first, second, third], _broker.Acknowledged);
        await _node.SettledAsync();
        Assert.Single(await _node.Storage.FindAsync(new() { Type = MessageType.Subscribe }, default));
    }

    [Fact]
    public async Task What_comes_again_keeps_the_order_of_its_key()
    {
        var old = new[] { HandedDelivery.Of("poison", "1", "k"), HandedDelivery.Of("behind", "2", "k") };
        _broker.Deliver(old);
        await SetAsideAsync();
        foreach (var delivery in old)
            delivery.End();
        var again = new[] { HandedDelivery.Of("poison", "1", "k"), HandedDelivery.Of("behind", "2", "k") };
        _broker.Deliver(again[0]);
        await SetAsideAsync();
        _broker.Deliver(again[1]);
        await Eventually.BecomesTrueAsync(() => _broker.Waiting == 0);
        Volatile.Write(ref _refuses, false);
        await _script.EndedAsync("keyed", 2);
        Assert.Equal(["poison", "behind"], _script.Values("keyed"));
        await Eventually.BecomesTrueAsync(() => _broker.Acknowledged.Count >= 2);
        Assert.Equal(again, _broker.Acknowledged);
    }

    /// <summary>The broker may give it to another node.</summary>
    [Fact]
    public async Task What_is_gone_with_its_channel_is_not_waited_for()
    {
        var delivery = Deliver("poison", "id");
        await SetAsideAsync();
        Assert.Contains(Troubles, t => t is { What: "database: refused deliveries of group one.v1", Reason: "1: 'keyed' id.", StopsWork: false });
        delivery.End();
        var refusals = Volatile.Read(ref _refusals);
        await Eventually.BecomesTrueAsync(() => Troubles.All(t => !t.What.Contains("refused", StringComparison.Ordinal)));
        Assert.InRange(Volatile.Read(ref _refusals) - refusals, 0, 1);
    }

    /// <summary>As in a failover: the database refuses everything, by an error that does not call itself transient.</summary>
    [Fact]
    public async Task An_outage_that_looked_like_a_refusal_is_over_when_what_was_set_aside_is_stored()
    {
        Deliver("poison", "id");
        await SetAsideAsync();
        Assert.Contains(Troubles, t => t.StopsWork);
        Volatile.Write(ref _refuses, false);
        await Eventually.BecomesTrueAsync(() => Troubles.Count == 0);
    }

    /// <summary>It would come again, be recognized, and count for nothing: a needless round for each stop of each node.</summary>
    [Fact]
    public async Task What_is_stored_when_the_node_stops_is_acknowledged()
    {
        var stored = new TaskCompletionSource();
        ((ObservedStorage)_node.Storage).AfterReceive = () =>
        {
            stored.TrySetResult();
            return _broker.Closed;
        };
        var delivery = Deliver("fine", "id");
        await stored.Task.WaitAsync(Eventually.Patience);
        await _node.Bootstrapper.StopAsync();
        Assert.Equal([delivery], _broker.Acknowledged);
    }

    private HandedDelivery Deliver(string value, string? id)
    {
        var delivery = HandedDelivery.Of(value, id);
        _broker.Deliver(delivery);
        return delivery;
    }

    /// <summary>What was delivered last was refused, three times alone or with others and once more, and is set aside.</summary>
    private async Task SetAsideAsync()
    {
        var before = Volatile.Read(ref _refusals);
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref _refusals) >= before + 5);
    }

    private void Refuse(IReadOnlyList<IncomingMessage> messages)
    {
        if (!Volatile.Read(ref _refuses) || messages.All(m => !Encoding.UTF8.GetString(m.Content.Span).Contains("poison", StringComparison.Ordinal)))
            return;
        Interlocked.Increment(ref _refusals);
        throw new InvalidOperationException("not this one");
    }
}
