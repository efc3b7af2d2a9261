namespace Coordination.Testing;

/// <summary>A directory of the test's own, deleted on disposal.</summary>
public sealed class TempDirectory : IDisposable
{
    /// <summary>Creates the directory.</summary>
    /// <param name="prefix">Start of its name.</param>
    public TempDirectory(string prefix = "coordination-") => Path = Directory.CreateTempSubdirectory(prefix).FullName;

    /// <summary>The directory's absolute path.</summary>
    public string Path { get; }

    /// <summary>A path inside the directory.</summary>
    /// <param name="name">Relative path.</param>
    /// <returns>The absolute path.</returns>
    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Copies another directory's whole content into this one.</summary>
    /// <param name="source">The directory to copy.</param>
    public void CopyFrom(string source)
    {
        foreach (string directory in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Combine(System.IO.Path.GetRelativePath(source, directory)));
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            File.Copy(file, Combine(System.IO.Path.GetRelativePath(source, file)), overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A killed process may still be writing its last file; the system's temporary directory is cleaned by others.
        }
    }
}
