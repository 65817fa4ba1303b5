using Cap.Filter;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task Filters_run_around_the_handler_in_order_and_may_forgive()
    {
        var node = await StartAsync(build: builder =>
        {
            builder.AddSubscribeFilter<Outer>().AddSubscribeFilter<Inner>();
            builder.Services.AddSingleton<FilterLog>();
        });
        Script.On("one", _ => throw new InvalidOperationException("forgive me"));
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.BegunAsync("one");
        await Script.EndedAsync("two");
        await node.SettledAsync();
        Assert.Equal(1, Script.Begins("one", "v"));
        var log = node.Services.GetRequiredService<FilterLog>();
        Assert.Equal(["outer before", "inner before", "inner failed", "outer failed"], log.Of("One"));
        Assert.Equal(["outer before", "inner before", "inner after", "outer after"], log.Of("Two"));
    }

    private sealed class FilterLog
    {
        private readonly List<(string Handler, string Line)> _lines = [];

        public void Add(FilterContext context, string line)
        {
            lock (_lines)
                _lines.Add((context.Method.Name, line));
        }

        public IReadOnlyList<string> Of(string handler)
        {
            lock (_lines)
                return [.. _lines.Where(l => l.Handler == handler).Select(l => l.Line)];
        }
    }

    private abstract class Logged(FilterLog log, string name) : SubscribeFilter
    {
        public override Task OnSubscribeExecutingAsync(ExecutingContext context) => AddAsync(context, "before");

        public override Task OnSubscribeExecutedAsync(ExecutedContext context) => AddAsync(context, "after");

        public override Task OnSubscribeExceptionAsync(ExceptionContext context)
        {
            context.ExceptionHandled = context.Exception.Message == "forgive me";
            return AddAsync(context, "failed");
        }

        private Task AddAsync(FilterContext context, string what)
        {
            log.Add(context, $"{name} {what}");
            return Task.CompletedTask;
        }
    }

    private sealed class Outer(FilterLog log) : Logged(log, "outer");

    private sealed class Inner(FilterLog log) : Logged(log, "inner");
}
