namespace Cap.Benchmarks;

/// <summary>One run of one side.</summary>
/// <param name="PerSecond">Messages a second, from the first begin to the last row settled.</param>
/// <param name="CpuSeconds">CPU time of the process for a message.</param>
/// <param name="Bytes">Bytes allocated for a message.</param>
/// <param name="Megabytes">Resident memory at the end.</param>
/// <param name="Statements">SQL statements for a message; null where nobody counted.</param>
/// <param name="FramesOut">AMQP frames sent for a message; null where nobody counted.</param>
/// <param name="FramesIn">AMQP frames received for a message; null where nobody counted.</param>
internal sealed record Measured(
    double PerSecond, double CpuSeconds, double Bytes, double Megabytes, double? Statements, double? FramesOut, double? FramesIn);
