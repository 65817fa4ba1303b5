using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cap.Conformance;

/// <summary>The members a type declares itself, as their user sees them.</summary>
internal static class ApiMember
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Fields (of an enum by value), constructors, properties, events, methods; each kind in the order of the names.</summary>
    public static IEnumerable<string> Of(Type type)
    {
        if (ApiType.IsDelegate(type))
            return [];

        var fields = type.GetFields(Declared).Where(field => !field.IsSpecialName && IsVisible(field));
        return
        [
            .. type.IsEnum ? fields.OrderBy(ValueOf).Select(OfField) : Sorted(fields, OfField),
            .. Sorted(type.GetConstructors(Declared).Where(IsWritten), OfConstructor),
            .. Sorted(type.GetProperties(Declared).Where(property => property.GetAccessors(true).Any(IsVisible)), OfProperty),
            .. Sorted(type.GetEvents(Declared).Where(@event => IsVisible(@event.AddMethod!)), OfEvent),
            .. Sorted(type.GetMethods(Declared).Where(method => IsOperatorOrPlain(method) && IsWritten(method)), OfMethod),
        ];
    }

    public static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", method.GetParameters().Select(OfParameter));

    private static IEnumerable<string> Sorted<T>(IEnumerable<T> members, Func<T, string> text)
        where T : MemberInfo =>
        members.Select(member => (member.Name, Text: text(member)))
            .OrderBy(line => line.Name, StringComparer.Ordinal)
            .ThenBy(line => line.Text, StringComparer.Ordinal)
            .Select(line => line.Text);

    private static string OfField(FieldInfo field)
    {
        if (field.DeclaringType!.IsEnum)
            return $"{ApiType.Obsolete(field)}{field.Name} = {ValueOf(field)}";

        var kind = field.IsLiteral ? "const " : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}";
        var value = field.IsLiteral ? $" = {ApiName.OfValue(field.GetRawConstantValue(), field.FieldType)}" : "";
        return $"{ApiType.Obsolete(field)}{Access(field)}{kind}{ApiName.Of(field.FieldType)} {field.Name}{value}";
    }

    private static long ValueOf(FieldInfo field) => Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture);

    private static string OfConstructor(ConstructorInfo constructor) =>
        $"{ApiType.Obsolete(constructor)}{Access(constructor)}{constructor.DeclaringType!.Name.Split('`')[0]}({Parameters(constructor)})";

    private static string OfProperty(PropertyInfo property)
    {
        var accessors = property.GetAccessors(true).Where(IsVisible).ToList();
        var widest = accessors.Find(accessor => accessor.IsPublic) ?? accessors[0];
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var index = property.GetIndexParameters() is { Length: > 0 } keys
            ? $"this[{string.Join(", ", keys.Select(OfParameter))}]"
            : property.Name;
        var body = string.Concat(accessors
            .OrderBy(accessor => accessor != property.GetMethod)
            .Select(accessor => (Access(accessor) == Access(widest) ? "" : Access(accessor)) + AccessorName(property, accessor) + "; "));
        return $"{ApiType.Obsolete(property)}{Access(widest)}{Modifiers(widest)}{required}{ApiName.Of(property.PropertyType)} {index} {{ {body}}}";
    }

    private static string OfEvent(EventInfo @event) =>
        $"{ApiType.Obsolete(@event)}{Access(@event.AddMethod!)}{Modifiers(@event.AddMethod!)}event "
        + $"{ApiName.Of(@event.EventHandlerType!)} {@event.Name}";

    private static string OfMethod(MethodInfo method)
    {
        var arguments = method.GetGenericArguments();
        var generic = arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(ApiName.Of))}>";
        return $"{ApiType.Obsolete(method)}{Access(method)}{Modifiers(method)}{ApiName.Of(method.ReturnType)} {method.Name}{generic}"
            + $"({Parameters(method)}){ApiType.Constraints(arguments)}";
    }

    private static string OfParameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var name = type.IsByRef && (parameter.IsOut || parameter.IsIn)
            ? $"{(parameter.IsOut ? "out" : "in")} {ApiName.Of(type.GetElementType()!)}"
            : ApiName.Of(type);
        var isParams = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute));
        var value = parameter.HasDefaultValue ? $" = {ApiName.OfValue(parameter.DefaultValue, type)}" : "";
        return $"{(isParams ? "params " : "")}{name} {parameter.Name}{value}";
    }

    private static string AccessorName(PropertyInfo property, MethodInfo accessor)
    {
        if (accessor == property.GetMethod)
            return "get";
        return accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init" : "set";
    }

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
            return method.IsAbstract ? "static abstract " : "static ";
        if (method.DeclaringType!.IsInterface)
            return method.IsAbstract ? "" : "virtual ";
        if (method.GetBaseDefinition().DeclaringType != method.DeclaringType)
            return method.IsFinal ? "sealed override " : "override ";
        if (method.IsAbstract)
            return "abstract ";
        return method is { IsVirtual: true, IsFinal: false } ? "virtual " : "";
    }

    // What the compiler adds to a record is the same for every record.
    private static bool IsWritten(MethodBase method) => IsVisible(method) && !method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static bool IsOperatorOrPlain(MethodInfo method) =>
        !method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(FieldInfo field) => field.IsPublic ? "public " : "protected ";

    private static string Access(MethodBase method) => method.IsPublic ? "public " : "protected ";
}
