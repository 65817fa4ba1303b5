using System.Reflection;
using Cap.Messages;

namespace Cap.Filter;

/// <summary>After the handler threw.</summary>
public sealed class ExceptionContext : FilterContext
{
    internal ExceptionContext(Message message, string group, MethodInfo method, Exception exception)
        : base(message, group, method) => Exception = exception;

    /// <summary>What the handler, or a filter before it, threw.</summary>
    public Exception Exception { get; }

    /// <summary>
    /// Set to true to count the message as handled. A handler that takes part in Cap's transaction is rolled back all the same, and
    /// sends no answer.
    /// </summary>
    public bool ExceptionHandled { get; set; }

    /// <summary>The result to go on with when the exception is handled.</summary>
    public object? Result { get; set; }
}
