using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cap.Conformance;

/// <summary>The declaration of a type, as its user sees it.</summary>
internal static class ApiType
{
    private const GenericParameterAttributes Special = GenericParameterAttributes.SpecialConstraintMask;

    public static bool IsVisible(Type type) =>
        type.IsNested
            ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
            : type.IsPublic;

    public static bool IsDelegate(Type type) => type.BaseType == typeof(MulticastDelegate);

    public static string Declaration(Type type)
    {
        var access = type.IsNestedFamily || type.IsNestedFamORAssem ? "protected" : "public";
        var name = type.Namespace is null ? ApiName.Simple(type) : $"{type.Namespace}.{ApiName.Simple(type)}";
        if (IsDelegate(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"{Obsolete(type)}{access} delegate {ApiName.Of(invoke.ReturnType)} {name}"
                + $"({ApiMember.Parameters(invoke)}){Constraints(type.GetGenericArguments())}";
        }

        var bases = Bases(type).ToList();
        return $"{Obsolete(type)}{access} {Kind(type)} {name}"
            + (bases.Count == 0 ? "" : $" : {string.Join(", ", bases)}")
            + Constraints(type.GetGenericArguments());
    }

    /// <summary><c> where T : class, new()</c> for each type parameter that has constraints.</summary>
    public static string Constraints(Type[] parameters)
    {
        var text = "";
        foreach (var parameter in parameters.Where(parameter => parameter.IsGenericParameter))
        {
            var special = parameter.GenericParameterAttributes & Special;
            var isStruct = special.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
            List<string> rules = [];
            if (isStruct)
                rules.Add("struct");
            if (special.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
                rules.Add("class");
            rules.AddRange(parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(ApiName.Of));
            if (special.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
                rules.Add("new()");
            if (rules.Count > 0)
                text += $" where {parameter.Name} : {string.Join(", ", rules)}";
        }

        return text;
    }

    public static string Obsolete(MemberInfo member) =>
        member.GetCustomAttribute<ObsoleteAttribute>() is { } obsolete && !IsForOldCompilers(member)
            ? $"[Obsolete(\"{obsolete.Message}\")] "
            : "";

    // The compiler marks what only it can deal with (required members, ref structs) as obsolete, for compilers that cannot.
    private static bool IsForOldCompilers(MemberInfo member) => member.IsDefined(typeof(CompilerFeatureRequiredAttribute));

    private static string Kind(Type type)
    {
        if (type.IsEnum)
            return "enum";
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
        {
            // The compiler writes this method for records only.
            var isRecord = type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;
            return (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")
                + (type.IsByRefLike ? "ref " : isRecord ? "record " : "")
                + "struct";
        }

        var modifier = (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static ",
            (true, false) => "abstract ",
            (false, true) => "sealed ",
            _ => "",
        };
        return modifier + (type.GetMethod("<Clone>$") is null ? "class" : "record");
    }

    // Only what the declaration itself adds: not what its base or another of its interfaces brings along.
    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
            return Enum.GetUnderlyingType(type) is var number && number == typeof(int) ? [] : [ApiName.Of(number)];

        var all = type.GetInterfaces();
        var inherited = all.SelectMany(each => each.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []);
        var own = all.Except(inherited)
            .Where(each => IsVisible(each) && each != typeof(IEquatable<>).MakeGenericType(type))
            .Select(ApiName.Of)
            .Order(StringComparer.Ordinal);
        var hasBase = type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType);
        return hasBase ? own.Prepend(ApiName.Of(type.BaseType!)) : own;
    }
}
