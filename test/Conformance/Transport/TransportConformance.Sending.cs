using System.Globalization;
using System.Text;
using Cap.Messages;
using Cap.Transport;

namespace Cap.Conformance;

public abstract partial class TransportConformance
{
    [Fact]
    public async Task A_confirmed_message_reaches_every_group_once()
    {
        var (first, second, other) = (NewGroup(), NewGroup(), NewGroup());
        await using var a = await SubscribeAsync(first, "order.placed");
        await using var b = await SubscribeAsync(second, "order.*");
        await using var c = await SubscribeAsync(other, "invoice.*", "end");

        var sending = Transport.SendAsync([.. NewMessages("order.placed", 20), NewMessage("end", "end")], Stop);
        var end = await TakeAsync(c, 1);
        var (fromA, fromB) = (await TakeAsync(a, 20), await TakeAsync(b, 20));

        await AllConfirmedAsync(sending);
        Assert.Equal("end", IdOf(end[0]));
        Assert.Equal(Ids(20), fromA.Select(IdOf));
        Assert.Equal(Ids(20), fromB.Select(IdOf));
        Assert.All(fromA.Concat(fromB), delivery => Assert.Equal("order.placed", delivery.Message.Name));
        Assert.All(fromA.Concat(fromB), delivery => Assert.False(delivery.IsRedelivered));
        await NothingComesAsync(a);
    }

    [Fact]
    public async Task Headers_arrive_unchanged()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");
        var headers = new Dictionary<string, string?>
        {
            [Headers.MessageId] = "673f1b2a9d3c4e5f60718293",
            [Headers.MessageName] = "x",
            [Headers.Group] = "",
            [Headers.Type] = "List`1[System.String]",
            [Headers.CorrelationId] = "größe 漢字 🦔",
            [Headers.CorrelationSequence] = "0",
            [Headers.CallbackName] = null,
            [Headers.ExecutionInstanceId] = "host-1-abc",
            [Headers.SentTime] = "2026-11-21T10:00:00.0000000+00:00",
            [Headers.DelayTime] = "",
            [Headers.Exception] = "System.Exception: no\r\n\tat line 1 \0 end",
            [Headers.TraceParent] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ["tracestate"] = "vendor=1",
            [Headers.Key] = "customer 1",
            ["my-header"] = new string('ü', 5000),
            ["ключ"] = "значение",
            ["null"] = null,
            ["empty"] = "",
        };

        var sending = Transport.SendAsync([new("x", headers, "1"u8.ToArray())], Stop);
        var received = (await TakeAsync(subscription, 1))[0].Message.Headers;

        await AllConfirmedAsync(sending);
        Assert.Equal(headers.OrderBy(pair => pair.Key, StringComparer.Ordinal), received.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Headers_arrive_unchanged_when_the_sender_is_traced()
    {
        // A listener hears the whole process, and a traced client writes headers of its own: only this test is traced.
        var isMine = new AsyncLocal<bool> { Value = true };
        using var listener = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("RabbitMQ", StringComparison.Ordinal) || source.Name == nameof(TransportConformance),
            Sample = (ref System.Diagnostics.ActivityCreationOptions<System.Diagnostics.ActivityContext> _) =>
                isMine.Value ? System.Diagnostics.ActivitySamplingResult.AllDataAndRecorded : System.Diagnostics.ActivitySamplingResult.None,
        };
        System.Diagnostics.ActivitySource.AddActivityListener(listener);
        using var source = new System.Diagnostics.ActivitySource(nameof(TransportConformance));
        using var activity = source.StartActivity("sender");
        await using var subscription = await SubscribeAsync(NewGroup(), "x");
        const string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var traced = new Dictionary<string, string?> { [Headers.MessageId] = "1", [Headers.TraceParent] = parent };

        var sending = Transport.SendAsync([new("x", traced, "1"u8.ToArray()), NewMessage("x", "2")], Stop);
        var received = await TakeAsync(subscription, 2);

        await AllConfirmedAsync(sending);
        Assert.Equal(traced, received[0].Message.Headers);
        Assert.Equal(Headers.MessageId, Assert.Single(received[1].Message.Headers).Key);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    public async Task Bodies_arrive_unchanged(int size)
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");
        var body = new byte[size];
        new Random(size).NextBytes(body);

        var sending = Transport.SendAsync([new("x", NewMessage("x", "1").Headers, body), NewMessage("x", "2")], Stop);
        var received = await ReadAsync(subscription, 2);

        // Looked at after the next delivery has come: the body stays valid until the acknowledgement.
        Assert.True(body.AsSpan().SequenceEqual(received[0].Message.Body.Span));
        Assert.Equal("{}", Encoding.UTF8.GetString(received[1].Message.Body.Span));
        await subscription.AcknowledgeAsync(received, Stop);
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task One_sender_reaches_a_group_in_order()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "a.*");

        var sending = SendInTurnAsync();
        var received = await TakeAsync(subscription, 3000);

        await sending;
        var ids = received.ConvertAll(delivery => int.Parse(IdOf(delivery), CultureInfo.InvariantCulture));
        if (!Bundles)
            Assert.Equal(Enumerable.Range(0, 3000), ids);
        Assert.All(ids.GroupBy(NameOf), ofName => Assert.Equal(Enumerable.Range(0, 3000).Where(n => NameOf(n) == ofName.Key), ofName));
        Assert.All(ids.GroupBy(KeyOf), ofKey => Assert.Equal(Enumerable.Range(0, 3000).Where(n => KeyOf(n) == ofKey.Key), ofKey));

        async Task SendInTurnAsync()
        {
            for (var i = 0; i < 3000; i += 300)
                await AllConfirmedAsync(Transport.SendAsync([.. Enumerable.Range(i, 300).Select(MessageOf)], Stop));
        }

        static string NameOf(int n) => $"a.{n % 3}";
        static string KeyOf(int n) => $"{n % 10}";
        static TransportMessage MessageOf(int n) =>
            new(NameOf(n), new Dictionary<string, string?> { [Headers.MessageId] = $"{n}", [Headers.Key] = KeyOf(n) }, "{}"u8.ToArray());
    }

    [Fact]
    public async Task Names_and_patterns_match_as_the_table_says()
    {
        var subscriptions = await Task.WhenAll(TopicTable.Patterns.Select(pattern => SubscribeAsync(NewGroup(), pattern)));
        // The others get every name; this one ends the test: when it has come, what else was to come has come before it.
        var sending = Transport.SendAsync([.. TopicTable.Names.Select(name => NewMessage(name, name))], Stop);

        var received = await Task.WhenAll(TopicTable.Patterns.Select(
            (pattern, i) => TakeAsync(subscriptions[i], TopicTable.MatchedBy(pattern).Count)));

        await AllConfirmedAsync(sending);
        foreach (var (i, pattern) in TopicTable.Patterns.Index())
        {
            Assert.True(
                TopicTable.MatchedBy(pattern).SequenceEqual(received[i].Select(IdOf)),
                $"'{pattern}' gets {string.Join(' ', received[i].Select(IdOf))} instead of {string.Join(' ', TopicTable.MatchedBy(pattern))}");
        }
        await Task.WhenAll(subscriptions.Select(NothingComesAsync));
        foreach (var subscription in subscriptions)
            await subscription.DisposeAsync();
    }

    [Fact]
    public async Task Several_patterns_of_a_group_deliver_once()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "order.placed", "order.*", "#", "*.placed", "end");

        var sending = Transport.SendAsync([NewMessage("order.placed", "1"), NewMessage("end", "2")], Stop);

        Assert.Equal(["1", "2"], (await TakeAsync(subscription, 2)).Select(IdOf));
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task A_name_nobody_wants_is_refused_and_harms_no_other()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "wanted");

        var sending = Transport.SendAsync([NewMessage("wanted", "1"), NewMessage("un.wanted", "2"), NewMessage("wanted", "3")], Stop);
        var received = await TakeAsync(subscription, 2);
        var results = await sending;

        Assert.Equal([SendOutcome.Confirmed, SendOutcome.Refused, SendOutcome.Confirmed], results.Select(result => result.Outcome));
        Assert.Contains("'un.wanted'", results[1].Error!.Message, StringComparison.Ordinal);
        Assert.Null(results[0].Error);
        Assert.Equal(["1", "3"], received.Select(IdOf));
    }

    [Fact]
    public async Task Nothing_to_send_is_no_fault() => Assert.Empty(await Transport.SendAsync([], Stop));

    [Fact]
    public async Task Many_senders_share_the_transport()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");

        var sending = Task.WhenAll(Enumerable.Range(0, 8).Select(async n =>
        {
            for (var i = 0; i < 5; i++)
                await AllConfirmedAsync(Transport.SendAsync(NewMessages("x", 20, (n * 100) + (i * 20)), Stop));
        }));
        var received = await TakeAsync(subscription, 800);

        await sending;
        Assert.Equal(Ids(800), received.Select(IdOf).OrderBy(id => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Ten_thousand_messages_arrive_in_order()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");

        var sending = SendInTurnAsync();
        var received = await TakeAsync(subscription, 10_000);

        await sending;
        Assert.Equal(Ids(10_000), received.Select(IdOf));

        async Task SendInTurnAsync()
        {
            for (var i = 0; i < 10_000; i += 500)
                await AllConfirmedAsync(Transport.SendAsync(NewMessages("x", 500, i), Stop));
        }
    }

    [Fact]
    public async Task A_stopped_sender_gets_its_own_cancellation()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Transport.SendAsync(NewMessages("x", 1), new(canceled: true)));

        var sending = Transport.SendAsync([NewMessage("x", "next")], Stop);
        Assert.Equal("next", IdOf((await TakeAsync(subscription, 1))[0]));
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task Sending_after_dispose_says_unavailable()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");
        await Transport.DisposeAsync();

        var results = await Transport.SendAsync(NewMessages("x", 2), Stop);

        Assert.All(results, result => Assert.Equal(SendOutcome.Unavailable, result.Outcome));
        Assert.All(results, result => Assert.NotNull(result.Error));
        Assert.Equal(2, results.Count);
    }

    [Fact]
    public async Task A_working_broker_gives_a_sign_of_life()
    {
        await Transport.CheckAsync(Stop);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Transport.CheckAsync(new(canceled: true)));
        await Transport.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Transport.CheckAsync(Stop));
    }

    [Fact]
    public void The_description_names_the_broker() => Assert.NotEmpty(Transport.Description);
}
