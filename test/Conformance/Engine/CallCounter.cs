using System.Reflection;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Conformance;

/// <summary>Counts the workers' calls of a storage that failed: whoever tries in a hot loop shows.</summary>
public sealed class CallCounter
{
    private int _failed;

    /// <summary>So many failed.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>Puts a counting storage in front of the registered one.</summary>
    public static void Decorate(IServiceCollection services, CallCounter counter)
    {
        var registered = services.Last(s => s.ServiceType == typeof(IStorage));
        services.Remove(registered);
        services.AddSingleton(provider =>
        {
            var inner = registered.ImplementationInstance ?? registered.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!);
            var proxy = DispatchProxy.Create<IStorage, Counting>();
            ((Counting)(object)proxy).Watch((IStorage)inner, counter);
            return proxy;
        });
    }

    private void Note(Task call)
    {
        if (call.IsFaulted)
            Interlocked.Increment(ref _failed);
    }

#pragma warning disable CA1852 // the proxy is a class that derives from it
    private class Counting : DispatchProxy
    {
        private IStorage _inner = null!;
        private CallCounter _counter = null!;

        public void Watch(IStorage inner, CallCounter counter) => (_inner, _counter) = (inner, counter);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var result = targetMethod!.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
            // What the application itself asks for is its own affair.
            if (result is Task call && targetMethod.Name is not (nameof(IStorage.BeginAsync) or nameof(IStorage.PublishAsync)))
                _ = call.ContinueWith(_counter.Note, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return result;
        }
    }
#pragma warning restore CA1852
}
