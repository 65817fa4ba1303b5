namespace Cap.Subscribing;

/// <summary>Where the argument of a handler's parameter comes from.</summary>
internal enum ParameterKind
{
    Value,
    Header,
    Transaction,
    Stop,
}
