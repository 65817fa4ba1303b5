using System.Reflection;
using Cap.Messages;

namespace Cap.Filter;

/// <summary>After the handler returned.</summary>
public sealed class ExecutedContext : FilterContext
{
    internal ExecutedContext(Message message, string group, MethodInfo method, object? result)
        : base(message, group, method) => Result = result;

    /// <summary>What the handler returned; a filter may replace it.</summary>
    public object? Result { get; set; }
}
