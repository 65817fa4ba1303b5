using Cap.Subscribing;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Core.Tests.Subscribing;

public class SubscriberCatalogTests
{
    [Fact]
    public void Names_groups_prefixes_and_version_make_the_full_names()
    {
        var options = new CapOptions { GroupNamePrefix = "g", TopicNamePrefix = "t", Version = "v2", DefaultGroupName = "app" };
        var catalog = Catalog<Sound>(options);
        Assert.Empty(catalog.Faults);
        Assert.Equal(["g.app.v2", "g.billing.v2"], catalog.Groups.Select(g => g.Name).Order());
        Assert.NotNull(catalog.Groups.Single(g => g.Name == "g.billing.v2").Find("t.orders.placed"));
    }

    [Fact]
    public void The_exact_name_wins_over_a_pattern()
    {
        var group = Catalog<ExactAndPattern>().Groups.Single();
        Assert.Equal(nameof(ExactAndPattern.Placed), group.Find("order.placed")!.Handler.Method.Name);
        Assert.Equal(nameof(ExactAndPattern.Any), group.Find("order.paid")!.Handler.Method.Name);
        Assert.Null(group.Find("parcel.sent"));
    }

    [Fact]
    public void Two_handlers_with_the_same_name_and_group_are_named_both()
    {
        var fault = Assert.Single(Catalog<Twins>().Faults);
        Assert.Contains(nameof(Twins.One), fault, StringComparison.Ordinal);
        Assert.Contains(nameof(Twins.Two), fault, StringComparison.Ordinal);
        Assert.Contains("Give one its own Group", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_patterns_that_fit_the_same_names_are_named_both()
    {
        var fault = Assert.Single(Catalog<Overlapping>().Faults);
        Assert.Contains("order.*", fault, StringComparison.Ordinal);
        Assert.Contains("#.placed", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_signature_that_cannot_be_bound_is_a_fault_of_its_own()
    {
        var faults = Catalog<Unbindable>().Faults;
        Assert.Contains(faults, f => f.Contains("TwoValues", StringComparison.Ordinal) && f.Contains("first, second", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("Generic", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("ByReference", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("AsyncVoid", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("Static", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("WrongFromCap", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("PartialAlone", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("Stream", StringComparison.Ordinal) && f.Contains("does not wait for", StringComparison.Ordinal));
        Assert.Equal(8, faults.Count);
    }

    [Fact]
    public void Each_implementation_of_one_interface_is_called_for_its_own_messages()
    {
        var services = new ServiceCollection().AddTransient<IEventHandler, First>().AddTransient<IEventHandler, Second>();
        var group = new SubscriberCatalog(new CapOptions(), services).Groups.Single();
        var provider = services.BuildServiceProvider();
        Assert.IsType<First>(group.Find("first")!.Handler.Resolve(provider));
        Assert.IsType<Second>(group.Find("second")!.Handler.Resolve(provider));
    }

    [Fact]
    public void A_singleton_registered_by_the_marker_is_the_one_that_is_called()
    {
        var one = new First();
        var services = new ServiceCollection().AddSingleton<ICapSubscribe>(one);
        Assert.Same(one, new SubscriberCatalog(new CapOptions(), services).Groups.Single().Find("first")!.Handler.Resolve(services.BuildServiceProvider()));
    }

    [Fact]
    public void A_factory_that_hides_its_class_is_a_fault_and_not_silence()
    {
        var services = new ServiceCollection().AddSingleton<IEventHandler>(_ => new First());
        Assert.Contains("IEventHandler", Assert.Single(new SubscriberCatalog(new CapOptions(), services).Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_returned_as_an_object_is_waited_for()
    {
        var handler = Catalog<ReturnsObject>().Groups.Single().Find("n")!.Handler;
        Assert.Equal(7, await handler.InvokeAsync(new ReturnsObject(), handler.Arguments(null, new(new Dictionary<string, string?>()), null, default)));
    }

    [Fact]
    public void The_time_a_handler_may_take_is_its_own_or_that_of_its_class_or_of_all()
    {
        var all = new CapOptions { HandlerTimeout = TimeSpan.FromMinutes(7) };
        var group = Catalog<Limited>(all).Groups.Single();
        Assert.Equal(TimeSpan.FromSeconds(30), group.Find("own")!.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(60), group.Find("of.class")!.Timeout);
        Assert.Equal(TimeSpan.FromMinutes(7), Catalog<First>(all).Groups.Single().Find("first")!.Timeout);
        Assert.Null(Catalog<First>().Groups.Single().Find("first")!.Timeout);
    }

    [Fact]
    public void A_time_that_cannot_be_counted_is_a_fault()
    {
        var faults = Catalog<WronglyLimited>().Faults;
        Assert.Equal(2, faults.Count);
        Assert.All(faults, f => Assert.Contains("Give it a value from 1 to 2592000", f, StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("TimeoutSeconds is -1", StringComparison.Ordinal));
    }

    private static SubscriberCatalog Catalog<T>(CapOptions? options = null)
        where T : class, ICapSubscribe => new(options ?? new CapOptions(), new ServiceCollection().AddTransient<T>());

#pragma warning disable CA1822, CA1812, xUnit1000, IDE0060 // handlers as users write them
    [CapSubscribe("orders")]
    private sealed class Sound : ICapSubscribe
    {
        [CapSubscribe("placed", isPartial: true, Group = "billing")]
        public void Partial(string value) { }

        [CapSubscribe("parcels.*")]
        [CapSubscribe("letters")]
        public Task<int> TwoNames(string value, [FromCap] CapHeader header, CancellationToken stop) => Task.FromResult(1);
    }

    private interface IEventHandler : ICapSubscribe;

    private sealed class First : IEventHandler
    {
        [CapSubscribe("first")]
        public void Handle(string value) { }
    }

    private sealed class Second : IEventHandler
    {
        [CapSubscribe("second")]
        public void Handle(string value) { }
    }

    private sealed class ReturnsObject : ICapSubscribe
    {
        [CapSubscribe("n")]
        public object Handle() => LaterAsync();

        private static async Task<int> LaterAsync()
        {
            await Task.Yield();
            return 7;
        }
    }

    private sealed class ExactAndPattern : ICapSubscribe
    {
        [CapSubscribe("order.placed")]
        public void Placed() { }

        [CapSubscribe("order.*")]
        public void Any() { }
    }

    private sealed class Twins : ICapSubscribe
    {
        [CapSubscribe("order.placed")]
        public void One() { }

        [CapSubscribe("order.placed")]
        public void Two() { }
    }

    private sealed class Overlapping : ICapSubscribe
    {
        [CapSubscribe("order.*")]
        public void One() { }

        [CapSubscribe("#.placed")]
        public void Two() { }
    }

    [CapSubscribe("of", TimeoutSeconds = 60)]
    private sealed class Limited : ICapSubscribe
    {
        [CapSubscribe("own", TimeoutSeconds = 30)]
        public void Own() { }

        [CapSubscribe("class", isPartial: true)]
        public void OfClass() { }
    }

    private sealed class WronglyLimited : ICapSubscribe
    {
        [CapSubscribe("a", TimeoutSeconds = -1)]
        public void Negative() { }

        [CapSubscribe("b", TimeoutSeconds = int.MaxValue)]
        public void Endless() { }
    }

    private sealed class Unbindable : ICapSubscribe
    {
        [CapSubscribe("a")]
        public void TwoValues(string first, string second) { }

        [CapSubscribe("b")]
        public void Generic<T>(T value) { }

        [CapSubscribe("c")]
        public void ByReference(ref int value) { }

        [CapSubscribe("d")]
        public async void AsyncVoid(int value) => await Task.Yield();

        [CapSubscribe("e")]
        public static void Static(int value) { }

        [CapSubscribe("f")]
        public void WrongFromCap([FromCap] int value) { }

        [CapSubscribe("h")]
        public IAsyncEnumerable<int> Stream(int value) => throw new NotSupportedException();

        [CapSubscribe("g", isPartial: true)]
        public void PartialAlone(int value) { }
    }
}
