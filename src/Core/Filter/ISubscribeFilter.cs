namespace Cap.Filter;

/// <summary>
/// Runs around every handler, in the handler's scope and transaction. Several filters run in the order they were added, and back
/// in the opposite order. An exception from a filter is an exception of the handler.
/// </summary>
public interface ISubscribeFilter
{
    /// <summary>Before the handler.</summary>
    Task OnSubscribeExecutingAsync(ExecutingContext context);

    /// <summary>After the handler returned.</summary>
    Task OnSubscribeExecutedAsync(ExecutedContext context);

    /// <summary>After the handler threw. Not called when the application stops and the handler was cancelled by that.</summary>
    Task OnSubscribeExceptionAsync(ExceptionContext context);
}
