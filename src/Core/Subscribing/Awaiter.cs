using System.Reflection;

namespace Cap.Subscribing;

/// <summary>Makes the function that waits for a handler's return value, whatever kind of task it is.</summary>
internal static class Awaiter
{
    /// <summary>Whether everything a handler of this return type does is waited for.</summary>
    public static bool Understands(Type type) =>
        For(type) is not null
        || (
            type.GetMethod("GetAwaiter", Type.EmptyTypes) is null
            && !type.GetInterfaces().Append(type).Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
        );

    /// <summary>The function for a return type; null when there is nothing to wait for.</summary>
    public static Func<object, Task<object?>>? For(Type type)
    {
        if (type == typeof(ValueTask))
            return OfValueTaskAsync;
        // The tasks that async methods return derive from Task<T>, also where there is no result to speak of.
        while (typeof(Task).IsAssignableFrom(type) && type != typeof(Task) && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)))
            type = type.BaseType!;
        if (type == typeof(Task) || (type.IsGenericType && type.GetGenericArguments()[0].Name == "VoidTaskResult"))
            return OfTaskAsync;
        if (!type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        var method =
            definition == typeof(Task<>) ? nameof(OfTaskWithResultAsync)
            : definition == typeof(ValueTask<>) ? nameof(OfValueTaskWithResultAsync)
            : null;
        return method is null
            ? null
            : typeof(Awaiter)
                .GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.GetGenericArguments())
                .CreateDelegate<Func<object, Task<object?>>>();
    }

    private static async Task<object?> OfTaskAsync(object task)
    {
        await ((Task)task).ConfigureAwait(false);
        return null;
    }

    private static async Task<object?> OfValueTaskAsync(object task)
    {
        await ((ValueTask)task).ConfigureAwait(false);
        return null;
    }

    private static async Task<object?> OfTaskWithResultAsync<T>(object task) => await ((Task<T>)task).ConfigureAwait(false);

    private static async Task<object?> OfValueTaskWithResultAsync<T>(object task) => await ((ValueTask<T>)task).ConfigureAwait(false);
}
