namespace Cap.Dashboard;

/// <summary>A line of a difference.</summary>
/// <param name="Sign"><c>-</c> for one that goes, <c>+</c> for one that comes, a space for one that stays.</param>
/// <param name="Text">The line.</param>
public readonly record struct DifferenceLine(char Sign, string Text);

/// <summary>
/// The difference of two texts line by line: a longest common subsequence (Wagner and Fischer, 1974) between the lines that begin and end both.
/// </summary>
public static class Difference
{
    /// <summary>Above so many pairs of lines, what is between is shown as all gone and all new.</summary>
    private const int MostPairs = 4_000_000;

    /// <summary>The lines of both texts in their order.</summary>
    public static IReadOnlyList<DifferenceLine> Of(string before, string after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var (a, b) = (Lines(before), Lines(after));
        var start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start])
            start++;
        var end = 0;
        while (end < a.Length - start && end < b.Length - start && a[^(end + 1)] == b[^(end + 1)])
            end++;
        return
        [
            .. a[..start].Select(line => new DifferenceLine(' ', line)),
            .. Between(a[start..^end], b[start..^end]),
            .. a[^end..].Select(line => new DifferenceLine(' ', line)),
        ];
    }

    private static IEnumerable<DifferenceLine> Between(string[] a, string[] b)
    {
        if ((long)a.Length * b.Length > MostPairs)
            return a.Select(line => new DifferenceLine('-', line)).Concat(b.Select(line => new DifferenceLine('+', line)));
        // common[i, j]: the length of what a from line i and b from line j have in common.
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }
        var lines = new List<DifferenceLine>(a.Length + b.Length);
        var (x, y) = (0, 0);
        while (x < a.Length || y < b.Length)
        {
            if (x < a.Length && y < b.Length && a[x] == b[y])
            {
                lines.Add(new(' ', a[x++]));
                y++;
            }
            else if (y == b.Length || (x < a.Length && common[x + 1, y] >= common[x, y + 1]))
            {
                lines.Add(new('-', a[x++]));
            }
            else
            {
                lines.Add(new('+', b[y++]));
            }
        }
        return lines;
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n');
}
