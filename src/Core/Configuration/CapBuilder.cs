using System.Reflection;
using Cap.Filter;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cap;

/// <summary>Goes on configuring Cap after <c>AddCap</c>.</summary>
/// <param name="services">The application's services.</param>
public sealed class CapBuilder(IServiceCollection services)
{
    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; } = services;

    /// <summary>Runs a filter around every handler, in the handler's scope. Several run in the order they were added.</summary>
    public CapBuilder AddSubscribeFilter<T>()
        where T : class, ISubscribeFilter
    {
        Services.TryAddEnumerable(ServiceDescriptor.Scoped<ISubscribeFilter, T>());
        return this;
    }

    /// <summary>Registers every <see cref="ICapSubscribe"/> class of these assemblies that is not registered yet, as transient.</summary>
    public CapBuilder AddSubscriberAssembly(params Assembly[] assemblies)
    {
        ArgumentNullException.ThrowIfNull(assemblies);
        foreach (var type in assemblies.SelectMany(a => a.GetTypes()))
        {
            if (type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && typeof(ICapSubscribe).IsAssignableFrom(type))
                Services.TryAddTransient(type);
        }
        return this;
    }

    /// <summary>Registers every <see cref="ICapSubscribe"/> class of the assemblies these types are in.</summary>
    public CapBuilder AddSubscriberAssembly(params Type[] typesOfAssemblies)
    {
        ArgumentNullException.ThrowIfNull(typesOfAssemblies);
        return AddSubscriberAssembly([.. typesOfAssemblies.Select(t => t.Assembly).Distinct()]);
    }
}
