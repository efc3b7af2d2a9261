using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Coordination.Architecture.Tests;

/// <summary>Writes down everything that a user of an assembly can see, sorted, one line a member.</summary>
internal static class ApiDump
{
    private static readonly SymbolDisplayFormat TypeFormat = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeVariance
            | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword);

    private static readonly SymbolDisplayFormat MemberFormat = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        memberOptions: SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeConstantValue
            | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeExplicitInterface,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeModifiers
            | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    public static string Of(string assemblyName)
    {
        CSharpCompilation compilation = CSharpCompilation.Create("probe", references: ServerCompilation.PlatformReferences());
        IAssemblySymbol assembly = compilation.References
            .Select(compilation.GetAssemblyOrModuleSymbol)
            .OfType<IAssemblySymbol>()
            .Single(symbol => symbol.Name == assemblyName);

        var text = new StringBuilder();
        foreach (INamedTypeSymbol type in Types(assembly.GlobalNamespace).Where(type => type.Name != "Program").OrderBy(type => type.ToDisplayString(), StringComparer.Ordinal))
            Append(text, type);
        return text.ToString();
    }

    private static void Append(StringBuilder text, INamedTypeSymbol type)
    {
        string modifiers = (type.IsStatic, type.IsAbstract && type.TypeKind == TypeKind.Class, type.IsSealed && type.TypeKind == TypeKind.Class) switch
        {
            (true, _, _) => "static ",
            (_, true, _) => "abstract ",
            (_, _, true) => "sealed ",
            _ => "",
        };
        IEnumerable<INamedTypeSymbol> parents = type.BaseType is { SpecialType: SpecialType.None } parent ? [parent] : [];
        string[] bases = [.. parents.Concat(type.Interfaces.Where(IsVisible)).Select(symbol => symbol.ToDisplayString(MemberFormat))];
        text.Append(modifiers).Append(type.ToDisplayString(TypeFormat));
        if (bases.Length > 0)
            text.Append(" : ").AppendJoin(", ", bases);
        text.Append('\n');

        IEnumerable<string> members =
            from member in type.GetMembers()
            where IsVisible(member) && !member.IsImplicitlyDeclared && !IsNoise(member)
            select member.ToDisplayString(MemberFormat);
        foreach (string member in members.Order(StringComparer.Ordinal))
            text.Append("    ").Append(member).Append('\n');
        text.Append('\n');
    }

    /// <summary>Accessors show up with their property, and what a record generates follows from its being one.</summary>
    private static bool IsNoise(ISymbol member) =>
        member is INamedTypeSymbol or IMethodSymbol { AssociatedSymbol: not null }
        || member.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "CompilerGeneratedAttribute")
        || (member.ContainingType.TypeKind == TypeKind.Enum && member is IMethodSymbol);

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is null || IsVisible(symbol.ContainingType));

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol container)
    {
        foreach (ISymbol member in container.GetMembers())
        {
            if (member is INamedTypeSymbol type && IsVisible(type))
                yield return type;
            if (member is INamespaceOrTypeSymbol inner)
            {
                foreach (INamedTypeSymbol nested in Types(inner))
                    yield return nested;
            }
        }
    }
}
