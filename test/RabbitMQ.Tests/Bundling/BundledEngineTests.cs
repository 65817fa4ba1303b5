namespace Cap.RabbitMQ.Tests;

/// <summary>The same with bundles on the way.</summary>
public sealed class BundledEngineTests : RabbitMQEngineTests
{
    protected override int MaxBundle => 100;
}
