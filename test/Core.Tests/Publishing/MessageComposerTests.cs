using System.Buffers;
using System.Text;
using Cap.Leasing;
using Cap.Messages;
using Cap.Publishing;
using Cap.Serialization;
using Cap.Storage;

namespace Cap.Core.Tests.Publishing;

public class MessageComposerTests
{
    private readonly CapOptions _options = new();

    [Fact]
    public void Headers_and_value_are_wrapped_once()
    {
        var row = Composer().Compose("order.placed", new { Id = 7 }, new() { Key = "k", CallbackName = "order.done" });
        var (headers, value) = MessageContent.Read(row.Content);
        Assert.Equal("{\"Id\":7}", Encoding.UTF8.GetString(value.Span));
        Assert.Equal(row.MessageId, headers[Headers.MessageId]);
        Assert.Equal(row.MessageId, headers[Headers.CorrelationId]);
        Assert.Equal("0", headers[Headers.CorrelationSequence]);
        Assert.Equal("order.placed", headers[Headers.MessageName]);
        Assert.Equal("order.done", headers[Headers.CallbackName]);
        Assert.Equal("k", headers[Headers.Key]);
        Assert.Equal(24, row.MessageId.Length);
    }

    /// <summary>An encoder and indenting are options of the writer, which the serializer does not set by itself.</summary>
    [Fact]
    public void The_applications_serializer_options_decide_how_values_are_written()
    {
        _options.JsonSerializerOptions.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        _options.JsonSerializerOptions.WriteIndented = true;
        var row = Composer().Compose("order.placed", new { Name = "Zoë & <Co>" }, new());
        var value = Encoding.UTF8.GetString(MessageContent.Read(row.Content).Value.Span);
        Assert.Contains("Zoë & <Co>", value, StringComparison.Ordinal);
        Assert.Contains('\n', value);
    }

    [Fact]
    public void Headers_of_a_received_message_that_are_passed_on_do_not_stick_to_the_new_one()
    {
        var received = new Dictionary<string, string?>
        {
            [Headers.MessageId] = "0123456789abcdef01234567",
            [Headers.MessageName] = "order.placed",
            [Headers.Group] = "billing.v1",
            [Headers.CorrelationId] = "conversation",
            [Headers.CallbackName] = "order.done",
            [Headers.Key] = "k",
            [Headers.DelayTime] = "2020-01-01T00:00:00.0000000+00:00",
            [Headers.BodyEncoding] = "base64",
            ["tenant"] = "north",
        };
        var row = Composer().Compose("order.checked", 1, new() { Headers = received });
        var (headers, _) = MessageContent.Read(row.Content);
        Assert.NotEqual("0123456789abcdef01234567", row.MessageId);
        Assert.Null(row.Key);
        Assert.Equal("order.checked", headers[Headers.MessageName]);
        Assert.Equal("conversation", headers[Headers.CorrelationId]);
        Assert.Equal("north", headers["tenant"]);
        foreach (var gone in new[] { Headers.Group, Headers.CallbackName, Headers.Key, Headers.DelayTime, Headers.BodyEncoding })
            Assert.DoesNotContain(gone, headers.Keys);
    }

    [Fact]
    public void A_header_may_give_the_id_as_in_DotNetCore_CAP() =>
        Assert.Equal("mine", Composer().Compose("n", 1, new() { Headers = new Dictionary<string, string?> { [Headers.MessageId] = "mine" } }).MessageId);

    [Fact]
    public void A_callback_that_cannot_be_published_is_refused_also_as_a_header()
    {
        var headers = new Dictionary<string, string?> { [Headers.CallbackName] = "a.*" };
        Assert.Contains("'a.*' is a pattern", Refused(() => Composer().Compose("n", 1, new() { Headers = headers })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_fits_no_routing_key_is_refused() =>
        Assert.Contains("255 bytes", Refused(() => Composer().Compose(new string('名', 100), 1, new())), StringComparison.Ordinal);

    [Fact]
    public void The_topic_prefix_goes_in_front()
    {
        _options.TopicNamePrefix = "shop";
        Assert.Equal("shop.order.placed", Composer().Compose("order.placed", 1, new()).Name);
    }

    [Fact]
    public void Messages_with_one_key_share_a_shard()
    {
        var shards = Enumerable.Range(0, 20).Select(_ => Composer().Compose("n", 1, new() { Key = "customer 7" }).Shard).Distinct();
        Assert.Single(shards);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public void An_empty_name_is_refused(string name) =>
        Assert.Contains("must not be empty", Refused(() => Composer().Compose(name, 1, new())), StringComparison.Ordinal);

    [Fact]
    public void A_name_of_201_characters_is_refused_and_one_of_200_is_not()
    {
        Composer().Compose(new string('n', 200), 1, new());
        var message = Refused(() => Composer().Compose(new string('n', 201), 1, new()));
        Assert.Contains("201 characters, 200 are allowed", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_prefix_counts_for_the_length_of_the_name()
    {
        _options.TopicNamePrefix = "shop";
        Assert.Contains("205 characters", Refused(() => Composer().Compose(new string('n', 200), 1, new())), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_is_refused_as_a_name_to_publish() =>
        Assert.Contains("'order.*' is a pattern", Refused(() => Composer().Compose("order.*", 1, new())), StringComparison.Ordinal);

    [Theory]
    [InlineData("a\nb", "v", "header name 'a\\u000ab'")]
    [InlineData("", "v", "header name ''")]
    [InlineData("h", "one\r\ntwo", "'one\\u000d\\u000atwo'")]
    public void A_header_with_a_line_break_is_refused(string name, string value, string expected) =>
        Assert.Contains(
            expected,
            Refused(() => Composer().Compose("n", 1, new() { Headers = new Dictionary<string, string?> { [name] = value } })),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_value_that_cannot_be_serialized_is_refused_with_its_type()
    {
        var message = Refused(() => Composer().Compose("n", new Cycle(), new()));
        Assert.Contains(nameof(Cycle), message, StringComparison.Ordinal);
        Assert.Contains("cannot be serialized", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_10_MB_payload_is_refused_with_size_limit_and_remedy()
    {
        var message = Refused(() => Composer().Compose("n", new string('x', 10 * 1024 * 1024), new()));
        Assert.Contains($"{_options.MaxMessageBytes} are allowed", message, StringComparison.Ordinal);
        Assert.Contains("MaxMessageBytes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_delay_is_refused() =>
        Assert.Contains("negative", Refused(() => Composer().Compose("n", 1, new() { Delay = TimeSpan.FromSeconds(-1) })), StringComparison.Ordinal);

    [Fact]
    public void A_delay_and_a_due_time_together_are_refused() =>
        Assert.Contains(
            "Set one of them",
            Refused(() => Composer().Compose("n", 1, new() { Delay = TimeSpan.FromSeconds(1), DueAt = DateTimeOffset.MaxValue })),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_key_or_an_id_that_is_too_long_is_refused()
    {
        Assert.Contains("key", Refused(() => Composer().Compose("n", 1, new() { Key = new string('k', 201) })), StringComparison.Ordinal);
        Assert.Contains("message id", Refused(() => Composer().Compose("n", 1, new() { MessageId = "" })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_serializer_that_writes_no_JSON_is_refused() =>
        Assert.Contains("did not write JSON", Refused(() => Composer(new Broken()).Compose("n", 1, new())), StringComparison.Ordinal);

    private static string Refused(Action act) => Assert.ThrowsAny<ArgumentException>(act).Message;

    /// <summary>Contents are written into memory that is used again.</summary>
    [Fact]
    public void A_serializer_may_publish_and_earlier_contents_stay_what_they_are()
    {
        var nesting = new Nesting(() => Composer().Compose("inner", "b", new()));
        var outer = Composer(nesting).Compose("outer", "a", new());
        var large = Composer().Compose("large", new string('x', 300_000), new());
        var last = Composer().Compose("last", "c", new());
        Assert.Equal(["\"a\"", "\"b\"", "\"c\""], new[] { outer, nesting.Inner!, last }.Select(ValueOf));
        Assert.Equal(300_002, ValueOf(large).Length);
        Assert.Equal(["outer", "inner", "last"], new[] { outer, nesting.Inner!, last }.Select(m => MessageContent.Read(m.Content).Headers[Headers.MessageName]));
    }

    private static string ValueOf(NewMessage message) => Encoding.UTF8.GetString(MessageContent.Read(message.Content).Value.Span);

    private MessageComposer Composer(ISerializer? serializer = null) =>
        new(_options, serializer ?? new SystemTextJsonSerializer(_options), new Leases(_options, TimeProvider.System), TimeProvider.System);

    private sealed class Cycle
    {
        public Cycle Self => this;
    }

    private sealed class Nesting(Func<NewMessage> publish) : ISerializer
    {
        public NewMessage? Inner { get; private set; }

        public void Serialize(IBufferWriter<byte> output, object value)
        {
            output.Write(Encoding.UTF8.GetBytes($"\"{value}"));
            Inner = publish();
            output.Write("\""u8);
        }

        public object? Deserialize(ReadOnlyMemory<byte> json, Type type) => null;
    }

    private sealed class Broken : ISerializer
    {
        public void Serialize(IBufferWriter<byte> output, object value) => output.Write("{oops"u8);

        public object? Deserialize(ReadOnlyMemory<byte> json, Type type) => null;
    }
}
