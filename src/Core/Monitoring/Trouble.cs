namespace Cap.Monitoring;

/// <summary>Something that does not work at the moment.</summary>
/// <param name="What">Which part, for people.</param>
/// <param name="Since">Since when, UTC.</param>
/// <param name="Reason">Why.</param>
/// <param name="StopsWork">False while messages are still stored and nothing but time is lost.</param>
internal sealed record Trouble(string What, DateTimeOffset Since, string Reason, bool StopsWork);
