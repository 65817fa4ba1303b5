using System.Reflection;
using Cap.Messages;

namespace Cap.Filter;

/// <summary>Before the handler runs.</summary>
public sealed class ExecutingContext : FilterContext
{
    internal ExecutingContext(Message message, string group, MethodInfo method, object?[] arguments)
        : base(message, group, method) => Arguments = arguments;

    /// <summary>The arguments; a filter may replace elements.</summary>
#pragma warning disable CA1819 // the handler is called with this very array
    public object?[] Arguments { get; }
#pragma warning restore CA1819
}
