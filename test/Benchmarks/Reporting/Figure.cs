using System.Globalization;
using System.Text;

namespace Cap.Benchmarks;

/// <summary>
/// Draws panels side by side, with one scale upwards from zero and a logarithmic one to the right. Its colours suit a light and a dark page;
/// where the reader's preference is known they follow it.
/// </summary>
internal static class Figure
{
    private const int Width = 440;
    private const int Height = 330;
    private const int Left = 64;
    private const int Right = 16;
    private const int Top = 40;
    private const int Bottom = 52;
    private static readonly int[] Steps = [1, 2, 5, 10];

    public static string Draw(IReadOnlyList<Panel> panels)
    {
        var step = StepOf(panels.SelectMany(p => p.Points).Max(p => p.PerSecond));
        var most = step * Math.Ceiling(panels.SelectMany(p => p.Points).Max(p => p.PerSecond) / step);
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{Width * panels.Count}} {{Height}}" role="img" font-family="system-ui, sans-serif" font-size="12">
            <title>{{string.Join("; ", panels.Select(p => p.Title))}}</title>
            <style>
              text { fill: #6e7681 } .title { font-size: 14px; font-weight: 600 } .value { font-size: 11px }
              .grid { stroke: #8b949e; stroke-opacity: .3 } .axis { stroke: #8b949e } .line { fill: none; stroke: #2f81f7; stroke-width: 2 } .point { fill: #2f81f7 }
              @media (prefers-color-scheme: light) { text { fill: #424a53 } .line { stroke: #0969da } .point { fill: #0969da } }
              @media (prefers-color-scheme: dark) { text { fill: #b1bac4 } .line { stroke: #58a6ff } .point { fill: #58a6ff } }
            </style>

            """);
        for (var i = 0; i < panels.Count; i++)
            Add(svg, panels[i], i * Width, step, most);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Add(StringBuilder svg, Panel panel, int offset, double step, double most)
    {
        // An empty table has no place on a logarithmic axis: it gets one of its own, a decade before the first.
        var sizes = panel.Points.Select(p => p.Rows).Where(rows => rows > 0).ToList();
        var (least, span) = (Math.Log10(sizes.Min()) - (panel.Points.Any(p => p.Rows == 0) ? 1 : 0), Math.Log10(sizes.Max()));
        var (right, bottom) = (Width - Right, Height - Bottom);
        Line($"""<g transform="translate({offset} 0)">""");
        Line($"""<text class="title" x="{Left}" y="20">{panel.Title}</text>""");
        for (var value = 0.0; value <= most; value += step)
        {
            Line($"""<line class="{(value == 0 ? "axis" : "grid")}" x1="{Left}" x2="{right}" y1="{Y(value):0.#}" y2="{Y(value):0.#}"/>""");
            Line($"""<text x="{Left - 8}" y="{Y(value) + 4:0.#}" text-anchor="end">{value:#,0}</text>""");
        }
        Line($"""<text transform="translate(14 {(Top + bottom) / 2}) rotate(-90)" text-anchor="middle">messages per second</text>""");
        Line($"""<text x="{(Left + right) / 2}" y="{Height - 10}" text-anchor="middle">{panel.Axis}</text>""");
        Line($"""<polyline class="line" points="{string.Join(' ', panel.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Rows):0.#},{Y(p.PerSecond):0.#}")))}"/>""");
        foreach (var (rows, perSecond) in panel.Points)
        {
            Line($"""<circle class="point" cx="{X(rows):0.#}" cy="{Y(perSecond):0.#}" r="4"/>""");
            Line($"""<text class="value" x="{X(rows):0.#}" y="{Y(perSecond) - 10:0.#}" text-anchor="middle">{perSecond:#,0}</text>""");
            Line($"""<text x="{X(rows):0.#}" y="{bottom + 18}" text-anchor="middle">{Short(rows)}</text>""");
        }
        Line($"</g>");

        double X(int rows) => Left + 24 + ((rows == 0 ? 0 : Math.Log10(rows) - least) / Math.Max(span - least, 1) * (right - Left - 48));
        double Y(double value) => bottom - (value / most * (bottom - Top));
        void Line(FormattableString text) => svg.AppendLine(FormattableString.Invariant(text));
    }

    private static string Short(int rows) => rows switch
    {
        >= 1_000_000 => FormattableString.Invariant($"{rows / 1e6:0.#} M"),
        >= 1_000 => FormattableString.Invariant($"{rows / 1e3:0.#} k"),
        _ => FormattableString.Invariant($"{rows}"),
    };

    /// <summary>One, two or five of a power of ten, so that there are about five lines.</summary>
    private static double StepOf(double most)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(most / 5)));
        return Steps.Select(n => n * power).First(step => most / step <= 6);
    }
}
