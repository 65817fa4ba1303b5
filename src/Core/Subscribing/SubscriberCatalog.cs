using System.Reflection;
using Cap.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Subscribing;

/// <summary>Finds every handler of the application, once, and everything that is wrong with them.</summary>
internal sealed class SubscriberCatalog
{
    private readonly CapOptions _options;
    private readonly List<string> _faults = [];

    public SubscriberCatalog(CapOptions options, IServiceCollection services)
    {
        _options = options;
        var subscribers = new List<Subscriber>();
        foreach (var (service, key, type) in FindTypes(services))
        {
            foreach (var method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                subscribers.AddRange(Read(service, key, type, method));
        }
        RefuseAmbiguous(subscribers);
        Groups = [.. subscribers.GroupBy(s => s.Group).Select(g => new SubscriberGroup(g.Key, [.. g], options))];
    }

    /// <summary>The groups of this application.</summary>
    public IReadOnlyList<SubscriberGroup> Groups { get; }

    /// <summary>What is wrong, each with name, value and remedy.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>
    /// Registered classes that implement <see cref="ICapSubscribe"/>, and controllers of the entry assembly, which ASP.NET Core makes
    /// without registering them.
    /// </summary>
    private IEnumerable<(Type Service, object? Key, Type Implementation)> FindTypes(IServiceCollection services)
    {
        var seen = new HashSet<(Type, object?)>();
        foreach (var service in services)
        {
            var implementation = service.IsKeyedService
                ? service.KeyedImplementationType ?? service.KeyedImplementationInstance?.GetType()
                : service.ImplementationType ?? service.ImplementationInstance?.GetType();
            // A factory hides its type; then the service type says what it is.
            implementation ??= service.ServiceType is { IsInterface: false } ? service.ServiceType : null;
            if (implementation is not null && typeof(ICapSubscribe).IsAssignableFrom(implementation) && seen.Add((implementation, service.ServiceKey)))
                yield return (service.ServiceType, service.ServiceKey, implementation);
            else if (implementation is null && typeof(ICapSubscribe).IsAssignableFrom(service.ServiceType))
                _faults.Add(
                    $"{service.ServiceType} is registered by a factory, which hides the class with the handlers. Register the class itself."
                );
        }
        foreach (var type in TypesOfEntryAssembly())
        {
            if (type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Controller", StringComparison.Ordinal) && seen.Add((type, null)))
                yield return (type, null, type);
        }
    }

    private static IEnumerable<Type> TypesOfEntryAssembly()
    {
        try
        {
            return Assembly.GetEntryAssembly()?.GetTypes() ?? [];
        }
        catch (ReflectionTypeLoadException e)
        {
            // A type whose own dependency is missing cannot be a working controller either.
            return e.Types.OfType<Type>();
        }
    }

    private IEnumerable<Subscriber> Read(Type service, object? key, Type type, MethodInfo method)
    {
        var attributes = method.GetCustomAttributes<CapSubscribeAttribute>().ToList();
        if (attributes.Count == 0 || HandlerMethod.Create(service, key, type, method, _faults) is not { } handler)
            yield break;
        var onClass = type.GetCustomAttributes<CapSubscribeAttribute>().FirstOrDefault();
        foreach (var attribute in attributes)
        {
            if (attribute.IsPartial && onClass is null)
            {
                _faults.Add(
                    $"The handler {handler} has the partial name '{attribute.Name}', but its class has no [CapSubscribe] that begins it. "
                        + "Put one on the class, or write the whole name."
                );
                continue;
            }
            var name = attribute.IsPartial ? $"{onClass!.Name}.{attribute.Name}" : attribute.Name;
            if (_options.TopicNamePrefix is { Length: > 0 } prefix)
                name = $"{prefix}.{name}";
            var group = FullGroup(attribute.Group ?? onClass?.Group ?? _options.DefaultGroupName);
            var seconds = attribute.TimeoutSeconds != 0 ? attribute.TimeoutSeconds : onClass?.TimeoutSeconds ?? 0;
            if ((MessageName.Fault(name) ?? MessageName.TextFault("group", group) ?? TimeoutFault(seconds)) is { } fault)
                _faults.Add($"The handler {handler}: {fault}");
            else
                yield return new(
                    TopicPattern.Parse(name),
                    group,
                    attribute.GroupConcurrent,
                    seconds > 0 ? TimeSpan.FromSeconds(seconds) : _options.HandlerTimeout,
                    handler
                );
        }
    }

    private static string? TimeoutFault(int seconds) =>
        seconds >= 0 && seconds <= CapOptions.LongestHandlerTimeout.TotalSeconds
            ? null
            : $"TimeoutSeconds is {seconds}. Give it a value from 1 to {CapOptions.LongestHandlerTimeout.TotalSeconds}, or leave it out.";

    private string FullGroup(string group) =>
        (_options.GroupNamePrefix is { Length: > 0 } prefix ? $"{prefix}.{group}" : group) + "." + _options.Version;

    private void RefuseAmbiguous(List<Subscriber> subscribers)
    {
        foreach (var group in subscribers.GroupBy(s => s.Group))
        {
            var all = group.ToList();
            for (var i = 0; i < all.Count; i++)
            {
                for (var j = i + 1; j < all.Count; j++)
                {
                    var (a, b) = (all[i], all[j]);
                    if (a.Pattern.Text == b.Pattern.Text)
                    {
                        _faults.Add(
                            $"'{a.Pattern.Text}' has two handlers in group '{a.Group}': {a.Handler} and {b.Handler}. Give one its own Group."
                        );
                    }
                    else if (!a.Pattern.IsLiteral && !b.Pattern.IsLiteral && TopicPattern.Overlaps(a.Pattern, b.Pattern))
                    {
                        _faults.Add(
                            $"The patterns '{a.Pattern.Text}' ({a.Handler}) and '{b.Pattern.Text}' ({b.Handler}) in group '{a.Group}' fit the "
                                + "same names, and only one handler of a group can run. Give one its own Group."
                        );
                    }
                }
            }
        }
    }
}
