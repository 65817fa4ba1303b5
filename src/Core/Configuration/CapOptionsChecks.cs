namespace Cap;

public sealed partial class CapOptions
{
    private Extension? _storage;
    private Extension? _transport;

    internal Extension? Storage => _storage;

    internal Extension? Transport => _transport;
}
