using System.Text;

namespace Cap.Conformance;

/// <summary>The lines removed (-) and added (+) between two texts, each below the unindented line it belongs to.</summary>
internal static class LineDiff
{
    public static string Between(string before, string after)
    {
        var (old, @new) = (before.Split('\n'), after.Split('\n'));
        var common = CommonLengths(old, @new);
        var text = new StringBuilder();
        var (i, j) = (0, 0);
        string? heading = null;

        while (i < old.Length || j < @new.Length)
        {
            if (i < old.Length && j < @new.Length && old[i] == @new[j])
            {
                if (IsHeading(old[i]))
                    heading = old[i];
                (i, j) = (i + 1, j + 1);
                continue;
            }

            var isRemoved = j == @new.Length || (i < old.Length && common[i + 1, j] >= common[i, j + 1]);
            var line = isRemoved ? old[i++] : @new[j++];
            if (line.Length == 0)
                continue;

            if (heading is not null && !IsHeading(line))
                text.Append("  ").Append(heading).Append('\n');
            text.Append(isRemoved ? "- " : "+ ").Append(line).Append('\n');
            heading = null;
        }

        return text.ToString();
    }

    private static bool IsHeading(string line) => line.Length > 0 && line[0] != ' ';

    // [i, j]: how many lines the longest common subsequence of old[i..] and new[j..] has.
    private static int[,] CommonLengths(string[] old, string[] @new)
    {
        var lengths = new int[old.Length + 1, @new.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = @new.Length - 1; j >= 0; j--)
            {
                lengths[i, j] = old[i] == @new[j]
                    ? lengths[i + 1, j + 1] + 1
                    : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
            }
        }

        return lengths;
    }
}
