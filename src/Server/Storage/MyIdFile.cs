using System.Globalization;

namespace Coordination.Server.Storage;

/// <summary>The file <c>myid</c>: which member of the ensemble a data directory belongs to. It is written by the operator.</summary>
internal static class MyIdFile
{
    /// <summary>The name, in the data directory itself.</summary>
    public const string Name = "myid";

    /// <summary>What fits into the top byte of a session id beside the mark of TTL znodes.</summary>
    public const long MaxWithExtendedTypes = 254;

    /// <summary>Reads the number in the first line.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">Where it is.</param>
    /// <param name="extendedTypes">Whether TTL znodes are on, which bounds the number.</param>
    /// <exception cref="DataDirectoryException">There is none, or no number.</exception>
    public static long Read(IDisk disk, string dataDirectory, bool extendedTypes)
    {
        string path = Path.Combine(dataDirectory, Name);
        string text = SmallFile.TryRead(disk, path)
            ?? throw new DataDirectoryException(
                $"'{path}' is missing. A member of an ensemble needs a file with its number in it, the N of its line server.N.");
        string line = text.Split('\n', 2)[0].Trim();
        if (!long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long id) || id < 0)
            throw new DataDirectoryException($"'{path}' must hold the number of this member in its first line, not '{Shown(line)}'.");
        if (extendedTypes && id > MaxWithExtendedTypes)
        {
            throw new DataDirectoryException(
                $"'{path}' says {id}; with extendedTypesEnabled at most {MaxWithExtendedTypes} is possible, because session ids hold it in one byte.");
        }

        return id;
    }

    private static string Shown(string line) => line.Length <= 40 ? line : line[..40] + "...";
}
