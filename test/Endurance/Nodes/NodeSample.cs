namespace Cap.Endurance;

/// <summary>A node at one moment.</summary>
/// <param name="Published">Messages it has published so far.</param>
/// <param name="Handled">Messages it has handled so far.</param>
/// <param name="HeapMegabytes">The managed heap after its last collection.</param>
/// <param name="Megabytes">Resident memory.</param>
/// <param name="Threads">Threads of the operating system.</param>
/// <param name="PoolThreads">Threads of the thread pool.</param>
internal sealed record NodeSample(long Published, long Handled, double HeapMegabytes, double Megabytes, int Threads, int PoolThreads);
