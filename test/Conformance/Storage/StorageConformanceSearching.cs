using System.Text;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Theory]
    [InlineData("order.*", "order.placed", "order.paid")]
    [InlineData("order.#", "order", "order.placed", "order.paid", "order.placed.eu")]
    [InlineData("#.eu", "order.placed.eu")]
    [InlineData("*", "order", "xorder")]
    [InlineData("#", "order", "order.placed", "order.paid", "order.placed.eu", "xorder")]
    [InlineData("PLACED", "order.placed", "order.placed.eu")]
    [InlineData("order.", "order.placed", "order.paid", "order.placed.eu")]
    [InlineData("a%")]
    public async Task Messages_are_found_by_a_pattern_or_a_part_of_their_name(string pattern, params string[] names)
    {
        await PublishAsync([.. new[] { "order", "order.placed", "order.paid", "order.placed.eu", "xorder" }.Select(name => Sample.Message(name))]);
        Assert.Equal(names.Reverse(), (await FindAsync(new() { NamePattern = pattern })).Select(m => m.Name));
    }

    [Fact]
    public async Task Messages_are_found_by_when_they_were_stored()
    {
        await PublishAsync(Sample.Message("before"));
        await Eventually.BecomesTrueAsync(async () => await NowAsync() > (await FindAsync(new()))[0].Added);
        var middle = await NowAsync();
        await Eventually.BecomesTrueAsync(async () => await NowAsync() > middle);
        await PublishAsync(Sample.Message("after"));

        Assert.Equal(["before"], (await FindAsync(new() { AddedBefore = middle })).Select(m => m.Name));
        Assert.Equal(["after"], (await FindAsync(new() { AddedFrom = middle })).Select(m => m.Name));
        Assert.Equal(["after"], (await FindAsync(new() { AddedFrom = middle, Status = StatusName.Scheduled })).Select(m => m.Name));
        Assert.Equal(2, (await FindAsync(new() { AddedFrom = middle.AddHours(-1), AddedBefore = middle.AddHours(1) })).Count);
        Assert.Empty(await FindAsync(new() { AddedFrom = middle.AddHours(1) }));
        Assert.Empty(await FindAsync(new() { AddedBefore = middle.AddHours(-1) }));
    }

    [Fact]
    public async Task Messages_are_found_by_header_and_by_text()
    {
        await PublishAsync(
            Sample.Message("plain") with { Content = Bytes("""{"Headers":{"tenant":"north"},"Value":"Grüße \"x\""}""") },
            Sample.Message("escaped") with { Content = Bytes("""{"Headers":{"tenant":"south"},"Value":"Gr\u00FC\u00DFe \u0022x\u0022"}""") },
            Sample.Message("value") with { Content = Bytes("""{"Headers":{"other":null},"Value":{"tenant":"north"}}""") });

        Assert.Equal(["escaped", "plain"], await NamesAsync(new() { Text = "Grüße \"x\"" }));
        Assert.Equal(["plain"], await NamesAsync(new() { Text = "Grüße", Status = StatusName.Scheduled, NamePattern = "plain" }));
        Assert.Empty(await NamesAsync(new() { Text = "grüße" }));
        Assert.Equal(["escaped", "plain"], await NamesAsync(new() { Header = new("tenant", null) }));
        Assert.Equal(["plain"], await NamesAsync(new() { Header = new("tenant", "north") }));
        Assert.Equal(["value"], await NamesAsync(new() { Header = new("other", null) }));
        Assert.Empty(await NamesAsync(new() { Header = new("tenant", "west") }));
    }

    /// <summary>However a driver looks through contents: what does not fit fills no page, and is not the end.</summary>
    [Fact]
    public async Task A_page_that_is_not_full_is_the_last_or_says_how_far_it_has_come()
    {
        await PublishAsync(Sample.Message("north") with { Content = Bytes("""{"Headers":{"tenant":"north"},"Value":1}""") });
        await PublishAsync([.. Enumerable.Range(0, 60).Select(_ => Sample.Message("south") with { Content = Bytes("""{"Headers":{"tenant":"south"},"Value":1}""") })]);
        var query = new MessageQuery { Type = MessageType.Publish, Header = new("tenant", "north"), Limit = 20 };
        var names = new List<string>();
        for (PageKey? from = null; ;)
        {
            var page = await Monitoring.FindAsync(query with { From = from }, Stop);
            names.AddRange(page.Messages.Select(m => m.Name));
            if (page.Next is null)
                break;
            Assert.True(page.Messages.Count == query.Limit || page.SearchedTo is not null);
            from = page.Next;
        }
        Assert.Equal(["north"], names);
    }

    /// <summary>Half a surrogate pair is JSON, and no text.</summary>
    [Fact]
    public async Task A_content_that_is_no_text_is_passed_over()
    {
        await PublishAsync(
            Sample.Message("whole") with { Content = Bytes("""{"Headers":{"tenant":"north"},"Value":1}""") },
            Sample.Message("half") with { Content = Bytes("""{"Headers":{"tenant":"\ud83d"},"Value":"\ud83d"}""") });
        Assert.Equal(["whole"], await NamesAsync(new() { Header = new("tenant", "north") }));
        Assert.Equal(2, (await FindAsync(new())).Count);
    }

    [Fact]
    public async Task Unsettled_messages_are_found_by_their_errors()
    {
        var ids = await StoreAsync(Sample.Message("one"), Sample.Message("two"), Sample.Message("three"), Sample.Message("four"));
        await FailAsync(ids[0], retryIn: null, error: "System.TimeoutException: too slow\n   at Somewhere");
        await FailAsync(ids[1], TimeSpan.FromHours(1), error: "too late");
        await FailAsync(ids[2], TimeSpan.Zero, error: "too SLOW");
        await SucceedAsync(Sample.Outbox, ids[2]);

        Assert.Equal(["one"], await NamesAsync(new() { Error = "TOO slow" }));
        Assert.Equal(["one"], await NamesAsync(new() { Error = "at Somewhere", Status = StatusName.Failed }));
        Assert.Equal(["two"], await NamesAsync(new() { Error = "too", Status = StatusName.Scheduled }));
        Assert.Equal(["two", "one"], await NamesAsync(new() { Error = "too" }));
        var failed = Assert.Single(await FindAsync(new() { Status = StatusName.Failed }));
        Assert.Equal("System.TimeoutException: too slow", failed.LastError);
        Assert.Equal("too late", (await FindOneAsync(ids[1]))!.LastError);
        Assert.Null((await FindOneAsync(ids[2]))!.LastError);
        Assert.Null((await FindOneAsync(ids[3]))!.LastError);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData(StatusName.Failed, false)]
    [InlineData(StatusName.Failed, true)]
    [InlineData(StatusName.Scheduled, true)]
    public async Task Pages_of_a_search_have_no_gaps_in_either_direction(StatusName? status, bool isOldestFirst)
    {
        var ids = await StoreAsync([.. Enumerable.Range(0, 30).Select(n => Sample.Message(n % 3 == 0 ? "other" : "wanted"))]);
        // Failed messages are in the order in which they failed.
        if (status == StatusName.Failed)
        {
            foreach (var id in ids.Reverse())
            {
                await FailAsync(id, retryIn: null);
                var failed = await NowAsync();
                await Eventually.BecomesTrueAsync(async () => await NowAsync() > failed);
            }
            ids = [.. ids.Reverse()];
        }
        var wanted = new List<long>();
        foreach (var id in ids)
        {
            if ((await FindOneAsync(id))!.Name == "wanted")
                wanted.Add(id);
        }

        var seen = new List<long>();
        var query = new MessageQuery { Type = MessageType.Publish, Status = status, NamePattern = "wanted", IsOldestFirst = isOldestFirst, Limit = 7 };
        do
        {
            var page = await Storage.Monitoring.FindAsync(query, Stop);
            seen.AddRange(page.Messages.Select(m => m.Id));
            query = query with { From = page.Next };
        } while (query.From is not null);
        Assert.Equal(isOldestFirst ? wanted : Enumerable.Reverse(wanted), seen);
    }

    [Fact]
    public async Task A_list_needs_no_contents()
    {
        var message = Sample.Message();
        await PublishAsync(message);
        var found = Assert.Single(await FindAsync(new() { IsWithContent = false }));
        Assert.Equal("", found.Content);
        Assert.Equal(message.Content.Length, found.Size);
        found = Assert.Single(await FindAsync(new() { IsWithContent = false, Text = "Value" }));
        Assert.Equal("", found.Content);
    }

    [Fact]
    public async Task An_id_that_says_nothing_of_its_time_is_found_as_well()
    {
        await PublishAsync(Sample.Message() with { MessageId = "my own" }, Sample.Message());
        Assert.Equal("my own", Assert.Single(await FindAsync(new() { MessageId = "my own" })).MessageId);
        var old = $"{0x5f000000:x8}{new string('a', 16)}";
        await ReceiveOneAsync(Sample.Incoming(old));
        await PublishAsync(Sample.Message() with { MessageId = old });
        Assert.Single(await FindAsync(new() { MessageId = old }));
        Assert.NotNull(await FindOneAsync(MessageType.Subscribe, old));
    }

    [Fact]
    public async Task Settled_messages_are_about_counted()
    {
        var ids = await StoreAsync(Sample.Messages(20));
        await SucceedAsync(Sample.Outbox, ids[..15]);
        var counts = await Storage.Monitoring.CountAsync(MessageType.Publish, Stop);
        Assert.Equal((5, 15), (counts.Scheduled, counts.Succeeded));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private async Task<IReadOnlyList<StoredMessage>> FindAsync(SearchOf search) =>
        (await Storage.Monitoring.FindAsync(search.Query, Stop)).Messages;

    private async Task<string[]> NamesAsync(SearchOf search) => [.. (await FindAsync(search)).Select(m => m.Name)];

    /// <summary>A query of the outbox, in few words.</summary>
    private sealed record SearchOf
    {
        public string? NamePattern { get; init; }

        public DateTimeOffset? AddedFrom { get; init; }

        public DateTimeOffset? AddedBefore { get; init; }

        public StatusName? Status { get; init; }

        public HeaderMatch? Header { get; init; }

        public string? Text { get; init; }

        public string? Error { get; init; }

        public string? MessageId { get; init; }

        public bool IsWithContent { get; init; } = true;

        public MessageQuery Query => new()
        {
            Type = MessageType.Publish,
            NamePattern = NamePattern,
            AddedFrom = AddedFrom,
            AddedBefore = AddedBefore,
            Status = Status,
            Header = Header,
            Text = Text,
            Error = Error,
            MessageId = MessageId,
            IsWithContent = IsWithContent,
        };
    }
}
