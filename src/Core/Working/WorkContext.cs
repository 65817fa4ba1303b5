using Cap.Leasing;
using Cap.Monitoring;
using Cap.Storage;
using Cap.Waking;

namespace Cap.Working;

/// <summary>What every worker of a node shares.</summary>
internal sealed record WorkContext(
    CapOptions Options,
    IStorage Storage,
    Leases Leases,
    WakeUps WakeUps,
    GivenUp GivenUp,
    Statistics Statistics,
    Troubles Troubles,
    TimeProvider Time
);
