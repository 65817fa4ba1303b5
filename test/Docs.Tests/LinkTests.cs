using System.Text.RegularExpressions;

namespace Cap.Docs.Tests;

/// <summary>No link of the README or the docs leads nowhere.</summary>
public partial class LinkTests
{
    [Fact]
    public void Every_relative_link_has_a_target()
    {
        var root = Snippet.Root();
        var files = Directory.EnumerateFiles(root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories));
        var dead =
            from file in files
            from Match link in Link().Matches(File.ReadAllText(file))
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && target.Length > 0
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, target))
            select $"{Path.GetRelativePath(root, file)}: {target}";
        Assert.Empty(dead);
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]*)(#[^)]*)?\)")]
    private static partial Regex Link();
}
