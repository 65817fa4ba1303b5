namespace Cap.Filter;

/// <summary>A filter that does nothing: override what you need.</summary>
public abstract class SubscribeFilter : ISubscribeFilter
{
    /// <inheritdoc/>
    public virtual Task OnSubscribeExecutingAsync(ExecutingContext context) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task OnSubscribeExecutedAsync(ExecutedContext context) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task OnSubscribeExceptionAsync(ExceptionContext context) => Task.CompletedTask;
}
