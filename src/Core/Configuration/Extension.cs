using Microsoft.Extensions.DependencyInjection;

namespace Cap;

/// <summary>A storage or a transport somebody chose.</summary>
internal sealed record Extension(string Name, Action<IServiceCollection> Register, Func<IEnumerable<string>> Check)
{
    /// <summary>The later choice of the same kind replaces the earlier one; two kinds are a mistake.</summary>
    public static Extension Choose(Extension? old, Extension chosen, string kind) =>
        old is null || old.Name == chosen.Name
            ? chosen
            : throw new InvalidOperationException($"Two {kind} are configured: {old.Name} and {chosen.Name}. Keep one of the Use… calls.");
}
