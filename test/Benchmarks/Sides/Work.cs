namespace Cap.Benchmarks;

/// <summary>What is published: 1 KB as JSON.</summary>
public sealed record Work(long Number, string Text)
{
    private static readonly string Filler = new('x', 1000 - 30);

    public static Work Of(long number) => new(number, Filler);
}
