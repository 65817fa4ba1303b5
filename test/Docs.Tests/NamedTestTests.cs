using System.Text.RegularExpressions;

namespace Cap.Docs.Tests;

/// <summary>The tests that the concepts name as proof are there.</summary>
public partial class NamedTestTests
{
    [Fact]
    public void Every_test_the_concepts_name_exists()
    {
        var root = Snippet.Root();
        var table = File.ReadAllText(Path.Combine(root, "docs/concepts/README.md")).Split("## What fails elsewhere")[1];
        var named = Name().Matches(table).Select(m => m.Groups["name"].Value).ToHashSet();
        Assert.True(named.Count > 20, $"{named.Count}");
        var sources = Directory
            .EnumerateFiles(Path.Combine(root, "test"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Method().Matches(File.ReadAllText(file)))
            .Select(m => m.Groups["name"].Value)
            .ToHashSet();
        Assert.Empty(named.Except(sources));
    }

    [GeneratedRegex(@"`(?<name>[A-Z]\w*_\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"public (async )?(Task|void) (?<name>\w+)\(")]
    private static partial Regex Method();
}
