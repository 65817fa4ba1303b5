using System.Text.RegularExpressions;

namespace Cap.Docs.Tests;

/// <summary>A C# block of a Markdown file.</summary>
/// <param name="Name">File and number.</param>
/// <param name="Given">
/// What the reader is assumed to have, from a comment in front of the block: <c>&lt;!-- given: ICapPublisher publisher = null!; --&gt;</c>
/// </param>
/// <param name="Code">The code.</param>
internal sealed partial record Snippet(string Name, string Given, string Code)
{
    /// <summary>All of README.md and docs.</summary>
    public static IReadOnlyList<Snippet> FindAll()
    {
        var root = Root();
        return
        [
            .. Directory
                .EnumerateFiles(root, "*.md")
                .Concat(Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories))
                .Order(StringComparer.Ordinal)
                .SelectMany(file =>
                    Block()
                        .Matches(File.ReadAllText(file))
                        .Select((m, i) => new Snippet($"{Path.GetRelativePath(root, file)} #{i + 1}", m.Groups["given"].Value, m.Groups["code"].Value))
                ),
        ];
    }

    /// <summary>The folder of the solution, above wherever the tests run.</summary>
    public static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Cap.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Cap.sln is not above the tests.");
        return folder;
    }

    [GeneratedRegex(@"(<!-- given: (?<given>.*?) -->\s*)?```csharp\r?\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
