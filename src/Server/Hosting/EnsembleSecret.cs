using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Coordination.Server.Sessions;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// The secret that session passwords are made from, and since when. Sessions that were there before it keep the password they were given,
/// so a note beside the data says which session was the first under a secret.
/// </summary>
internal static class EnsembleSecret
{
    private const string NoteName = "session-passwords";
    private const int MinLength = 16;
    private const int MaxLength = 4096;
    private const int RandomLength = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>How clients prove that a session is theirs, as the options want it.</summary>
    /// <param name="options">The options.</param>
    /// <param name="firstSession">Computes the id of the next session that will be opened.</param>
    /// <exception cref="ServerConfigurationException">The file of the secret cannot be used.</exception>
    public static SessionPasswords Open(CoordinationServerOptions options, Func<long> firstSession)
    {
        string note = Path.Combine(options.DataDirectory, NoteName);
        if (options.Security.EnsembleSecretFile is not { } file)
        {
            // From here on sessions have Apache's passwords again; a secret that comes later finds them as it finds those of Apache.
            if (File.Exists(note))
                File.Delete(note);
            return SessionPasswords.AsApache;
        }

        byte[] secret = Read(file, options.Security.CreateEnsembleSecret);
        try
        {
            return new SessionPasswords(secret, Since(note, firstSession));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerConfigurationException($"'{note}' cannot be kept: {e.Message}");
        }
    }

    private static byte[] Read(string file, bool mayCreate)
    {
        try
        {
            if (mayCreate && !File.Exists(file))
                Create(file);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != UnixFileMode.None)
                throw new ServerConfigurationException($"The secret in '{file}' is open to others: chmod 600 '{file}', and give the ensemble a new one");

            using FileStream stream = File.OpenRead(file);
            var bytes = new byte[Math.Min(stream.Length, MaxLength + 1)];
            stream.ReadExactly(bytes);
            ReadOnlySpan<byte> secret = bytes.AsSpan().TrimEnd("\r\n"u8);
            if (secret.Length is < MinLength or > MaxLength)
                throw new ServerConfigurationException($"The secret in '{file}' must have from {MinLength} to {MaxLength} bytes");
            return secret.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerConfigurationException($"The secret in '{file}' (coordination.ensembleSecretFile) cannot be read: {e.Message}");
        }
    }

    private static void Create(string file) =>
        WriteWhole(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomLength)) + "\n");

    /// <summary>Under its name a file is whole or not there: half a secret would end all sessions at the next start.</summary>
    private static void WriteWhole(string file, string text)
    {
        string unfinished = file + ".new";
        File.Delete(unfinished);
        FileStreamOptions how = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = OwnerOnly;
        new FileStream(unfinished, how).Dispose();

        PhysicalDisk disk = PhysicalDisk.Instance;
        using (IDiskFile opened = disk.Open(unfinished, DiskOpenMode.ReadWrite))
        {
            opened.Write(Encoding.ASCII.GetBytes(text), 0);
            opened.Sync();
        }

        disk.Rename(unfinished, file);
        disk.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    /// <summary>It stays the same under another secret: sessions that had a keyed password must never be had with one that can be guessed.</summary>
    private static long Since(string note, Func<long> firstSession)
    {
        if (File.Exists(note))
        {
            return long.TryParse(File.ReadAllText(note).AsSpan().Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long since)
                ? since
                : throw new ServerConfigurationException($"'{note}' is damaged; delete it if no session is older than the secret");
        }

        long first = firstSession();
        WriteWhole(note, string.Create(CultureInfo.InvariantCulture, $"{first:x}\n"));
        return first;
    }
}
