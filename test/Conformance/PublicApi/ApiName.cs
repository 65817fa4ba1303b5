using System.Globalization;

namespace Cap.Conformance;

/// <summary>Names of types and values the way C# writes them; only a driver's types carry their namespace.</summary>
internal static class ApiName
{
    private static readonly string[] KnownNamespaces = ["System", "Microsoft.Extensions", "Cap"];

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (type.IsGenericParameter)
            return type.Name;
        if (type.IsByRef)
            return $"ref {Of(type.GetElementType()!)}";
        if (type.IsPointer)
            return $"{Of(type.GetElementType()!)}*";
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return $"{Of(underlying)}?";

        var isKnown = KnownNamespaces.Any(known => $"{type.Namespace}.".StartsWith($"{known}.", StringComparison.Ordinal));
        return isKnown ? Simple(type) : $"{type.Namespace}.{Simple(type)}";
    }

    /// <summary>The name without namespace, with the types around a nested one: <c>Outer&lt;T&gt;.Inner</c>.</summary>
    public static string Simple(Type type)
    {
        var outer = type.DeclaringType;
        var arguments = type.GetGenericArguments();
        var inherited = outer?.GetGenericArguments().Length ?? 0;
        if (outer is { IsGenericTypeDefinition: true })
            outer = outer.MakeGenericType(arguments[..inherited]);

        var own = arguments[inherited..];
        var name = type.Name.Split('`')[0] + (own.Length == 0 ? "" : $"<{string.Join(", ", own.Select(Of))}>");
        return outer is null ? name : $"{Simple(outer)}.{name}";
    }

    public static string OfValue(object? value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null => type.IsValueType ? "default" : "null",
            string text => $"\"{text}\"",
            bool truth => truth ? "true" : "false",
            _ when type.IsEnum => $"{Of(type)}.{Enum.ToObject(type, value)}",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }
}
