namespace Cap.Dashboard;

/// <summary>Marks an endpoint that answers JSON, also when it refuses.</summary>
internal sealed record ApiEndpoint;
