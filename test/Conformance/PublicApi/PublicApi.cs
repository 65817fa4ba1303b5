using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cap.Conformance;

/// <summary>
/// Keeps a committed list of everything a user can call, so that no change of it slips in unnoticed. Nullable annotations are
/// not part of it.
/// </summary>
public static class PublicApi
{
    private const string AcceptVariable = "CAP_ACCEPT_API";

    /// <summary>All public and protected members as text, one a line, in an order that does not depend on the source.</summary>
    public static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        var types = assembly.GetTypes().Where(ApiType.IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal);
        foreach (var type in types)
        {
            if (text.Length > 0)
                text.Append('\n');

            text.Append(ApiType.Declaration(type)).Append('\n');
            foreach (var member in ApiMember.Of(type))
                text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>
    /// Fails unless <see cref="Describe"/> equals the file <c>PublicApi.txt</c> beside the calling test. With
    /// <c>CAP_ACCEPT_API=1</c> it writes that file instead.
    /// </summary>
    public static void Verify(Assembly assembly, [CallerFilePath] string testFile = "")
    {
        var file = Path.Combine(Path.GetDirectoryName(testFile)!, "PublicApi.txt");
        var current = Describe(assembly);
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            File.WriteAllText(file, current);
            return;
        }

        var accepted = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (accepted == current)
            return;

        Assert.Fail($"""
            The public API of {assembly.GetName().Name} is not the one in {file}:

            {LineDiff.Between(accepted, current)}
            If this is meant, run the tests with {AcceptVariable}=1, review the file and commit it.
            """);
    }
}
