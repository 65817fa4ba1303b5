namespace Cap.Conformance;

/// <summary>What names which pattern matches: the same table for the embedded matcher and for every real broker.</summary>
public static class TopicTable
{
    /// <summary>Names that every pattern is asked about. The empty name is no message name and left out.</summary>
    public static readonly string[] Names =
    [
        "a", "b", "ab", "a.b", "a.c", "b.a", "a.a", "a.b.c", "a.x.b", "a.x.y.b", "a.b.b", "a.b.a.b", "x.a", "x.y.a", "a..b", "a.", ".a", ".", "..",
        "a.b.", "A.b", "order.placed", "order.placed.eu", "größe.ü", "a.*", "a.#", "#", "*",
    ];

    /// <summary>Each pattern with the names it matches, out of <see cref="Names"/>, separated by blanks; <c>…</c> is all of them.</summary>
    private static readonly (string Pattern, string Matched)[] Rows =
    [
        ("a", "a"),
        ("a.b", "a.b"),
        ("*", "a b ab # *"),
        ("#", "…"),
        ("#.#", "…"),
        ("a.*", "a.b a.c a.a a. a.* a.#"),
        ("*.a", "b.a a.a x.a .a"),
        ("a.#", "a a.b a.c a.a a.b.c a.x.b a.x.y.b a.b.b a.b.a.b a..b a. a.b. a.* a.#"),
        ("#.a", "a b.a a.a x.a x.y.a .a"),
        ("a.#.b", "a.b a.x.b a.x.y.b a.b.b a.b.a.b a..b"),
        ("a.*.b", "a.x.b a.b.b a..b"),
        ("a.#.#.b", "a.b a.x.b a.x.y.b a.b.b a.b.a.b a..b"),
        ("*.#", "…"),
        ("#.*", "…"),
        ("*.*", "a.b a.c b.a a.a x.a a. .a . A.b order.placed größe.ü a.* a.#"),
        ("#.*.#.*", "a.b a.c b.a a.a a.b.c a.x.b a.x.y.b a.b.b a.b.a.b x.a x.y.a a..b a. .a . .. a.b. A.b order.placed order.placed.eu größe.ü a.* a.#"),
        ("a.#.*", "a.b a.c a.a a.b.c a.x.b a.x.y.b a.b.b a.b.a.b a..b a. a.b. a.* a.#"),
        ("#.b.#", "b a.b b.a a.b.c a.x.b a.x.y.b a.b.b a.b.a.b a..b a.b. A.b"),
        ("a..b", "a..b"),
        ("a.", "a."),
        (".a", ".a"),
        (".", "."),
        ("#.", "a. . .. a.b."),
        (".#", ".a . .."),
        ("#..#", "a..b a. .a . .. a.b."),
        ("..", ".."),
        ("*a", ""),
        ("a#", ""),
        ("order.*", "order.placed"),
        ("order.#", "order.placed order.placed.eu"),
        ("größe.*", "größe.ü"),
    ];

    /// <summary>The patterns of the table, in its order.</summary>
    public static IReadOnlyList<string> Patterns { get; } = [.. Rows.Select(row => row.Pattern)];

    /// <summary>The names a pattern of the table matches, in the order of <see cref="Names"/>.</summary>
    public static IReadOnlyList<string> MatchedBy(string pattern)
    {
        var matched = Rows.Single(row => row.Pattern == pattern).Matched;
        return matched == "…" ? Names : [.. Names.Intersect(matched.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
    }
}
