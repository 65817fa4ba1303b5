namespace Cap.Crash.Run;

/// <summary>A process of a run.</summary>
/// <param name="Writes">Whether it writes notes.</param>
/// <param name="Handles">Whether it handles them.</param>
/// <param name="ClockSkew">How wrong its host's clock is.</param>
/// <param name="Crashes">Where it kills itself after each of its starts; null for nowhere. After the last it does not.</param>
internal sealed record NodeSpec(bool Writes, bool Handles, TimeSpan ClockSkew, IReadOnlyList<(string Point, int Pass)?> Crashes);
