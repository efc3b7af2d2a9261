namespace Coordination.Fuzz.Tests;

/// <summary>Where frames that broke a rule are kept.</summary>
internal static class Findings
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "TestResults", "fuzz");

    /// <summary>Writes bytes to a file.</summary>
    /// <returns>Its path.</returns>
    public static string Save(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Folder);
        string file = Path.Combine(Folder, name + ".bin");
        File.WriteAllBytes(file, bytes);
        return file;
    }

    /// <summary>Writes lines to a file.</summary>
    /// <returns>Its path.</returns>
    public static string Save(string name, IEnumerable<string> lines)
    {
        Directory.CreateDirectory(Folder);
        string file = Path.Combine(Folder, name + ".txt");
        File.WriteAllLines(file, lines);
        return file;
    }
}
