using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Subscribing;

/// <summary>A handler method, checked once at the start and called without looking anything up again.</summary>
internal sealed class HandlerMethod
{
    private readonly MethodInvoker _invoker;
    private readonly Func<object, Task<object?>>? _await;
    private readonly ParameterKind[] _parameters;

    private readonly Type _type;

    private HandlerMethod(Type service, object? key, Type type, MethodInfo method, ParameterKind[] parameters)
    {
        (Service, Key, _type, Method, _parameters) = (service, key, type, method, parameters);
        ValueType = parameters.Zip(method.GetParameters()).FirstOrDefault(p => p.First == ParameterKind.Value).Second?.ParameterType;
        _invoker = MethodInvoker.Create(method);
        _await = Awaiter.For(method.ReturnType);
    }

    /// <summary>The type to resolve.</summary>
    public Type Service { get; }

    /// <summary>The key it is registered with, or null.</summary>
    public object? Key { get; }

    public MethodInfo Method { get; }

    /// <summary>Type of the parameter that takes the message's value; null when the handler does not want it.</summary>
    public Type? ValueType { get; }

    /// <summary>Whether it takes part in Cap's transaction.</summary>
    public bool IsTransactional => _parameters.Contains(ParameterKind.Transaction);

    public override string ToString() => $"{Method.DeclaringType?.FullName}.{Method.Name}";

    /// <summary>Checks a method. Faults are added to the list.</summary>
    public static HandlerMethod? Create(Type service, object? key, Type type, MethodInfo method, List<string> faults)
    {
        var name = $"{method.DeclaringType?.FullName}.{method.Name}";
        var before = faults.Count;
        if (method.IsStatic || method.IsAbstract)
            faults.Add($"The handler {name} is static or abstract. Make it an instance method.");
        if (method.ContainsGenericParameters)
            faults.Add($"The handler {name} is generic: Cap cannot know its type arguments. Write one method for each type.");
        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<System.Runtime.CompilerServices.AsyncStateMachineAttribute>() is not null)
            faults.Add($"The handler {name} is 'async void': nobody can wait for it or see it fail. Return Task.");
        if (!Awaiter.Understands(method.ReturnType))
            faults.Add($"The handler {name} returns {method.ReturnType}, which Cap does not wait for. Return Task, ValueTask or a plain value.");
        var kinds = new List<ParameterKind>();
        foreach (var parameter in method.GetParameters())
        {
            if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsPointer || parameter.ParameterType.IsByRefLike)
                faults.Add($"The parameter '{parameter.Name}' of handler {name} is by reference. Take it by value.");
            kinds.Add(KindOf(parameter, name, faults));
        }
        foreach (var kind in kinds.GroupBy(k => k).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            faults.Add(
                kind == ParameterKind.Value
                    ? $"The handler {name} has {kinds.Count(k => k == kind)} parameters for the message's value "
                        + $"({string.Join(", ", method.GetParameters().Where((_, i) => kinds[i] == kind).Select(p => p.Name))}). Keep one, and mark the header with [FromCap]."
                    : $"The handler {name} has several parameters of kind {kind}. Keep one."
            );
        }
        return faults.Count == before ? new(service, key, type, method, [.. kinds]) : null;
    }

    /// <summary>The instance to call: of all that are registered under the service type, the one the method belongs to.</summary>
    public object Resolve(IServiceProvider scope)
    {
        var services = Key is null ? scope.GetServices(Service) : scope.GetKeyedServices(Service, Key);
        return services.LastOrDefault(s => _type.IsInstanceOfType(s)) ?? ActivatorUtilities.CreateInstance(scope, _type);
    }

    public object?[] Arguments(object? value, CapHeader header, ICapTransaction? transaction, CancellationToken stop) =>
        Array.ConvertAll(
            _parameters,
            kind =>
                kind switch
                {
                    ParameterKind.Value => value,
                    ParameterKind.Header => header,
                    ParameterKind.Transaction => transaction,
                    _ => stop,
                }
        );

    public async Task<object?> InvokeAsync(object target, object?[] arguments)
    {
        object? result;
        try
        {
            result = _invoker.Invoke(target, arguments.AsSpan());
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
        if (result is null)
            return null;
        // A handler declared to return object may return a task all the same.
        var wait = _await ?? Awaiter.For(result.GetType());
        return wait is null ? result : await wait(result).ConfigureAwait(false);
    }

    private static ParameterKind KindOf(ParameterInfo parameter, string handler, List<string> faults)
    {
        if (parameter.ParameterType == typeof(CancellationToken))
            return ParameterKind.Stop;
        if (parameter.ParameterType == typeof(CapHeader))
            return ParameterKind.Header;
        if (parameter.ParameterType == typeof(ICapTransaction))
            return ParameterKind.Transaction;
        if (parameter.IsDefined(typeof(FromCapAttribute)))
        {
            faults.Add(
                $"The parameter '{parameter.Name}' of handler {handler} has [FromCap] but is a {parameter.ParameterType}. "
                    + "[FromCap] goes with CapHeader."
            );
        }
        return ParameterKind.Value;
    }
}
