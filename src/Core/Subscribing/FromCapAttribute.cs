namespace Cap;

/// <summary>Marks a handler's parameter that Cap fills from the message's surroundings, such as its <see cref="CapHeader"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class FromCapAttribute : Attribute;
