using Microsoft.Extensions.DependencyInjection;

namespace Cap;

/// <summary>Goes on configuring Cap after <c>AddCap</c>.</summary>
/// <param name="services">The application's services.</param>
public sealed partial class CapBuilder(IServiceCollection services)
{
    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; } = services;
}
