namespace Cap;

/// <summary>Marks a class whose <see cref="CapSubscribeAttribute"/> methods handle messages. Register it with the application's services.</summary>
#pragma warning disable CA1040 // a marker is how the field's users declare subscribers
public interface ICapSubscribe;
#pragma warning restore CA1040
