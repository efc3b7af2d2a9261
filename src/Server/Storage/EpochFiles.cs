using System.Globalization;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// The two epochs of a member as text files beside its snapshots, as Apache keeps them. On disk holds at every moment: accepted >= current,
/// and the log has no entry of an epoch above the current one, unless <c>currentEpoch.tmp</c> announces that epoch. Apache's servers look
/// at it too when they start; without it they would refuse what a crash between log and epoch leaves behind (ZOOKEEPER-1653), and writing
/// the epoch before the history would let a server outrank better ones (ZOOKEEPER-4643).
/// </summary>
internal sealed class EpochFiles
{
    /// <summary>The file of the highest epoch promised.</summary>
    public const string AcceptedName = "acceptedEpoch";

    /// <summary>The file of the epoch whose leader's history is here.</summary>
    public const string CurrentName = "currentEpoch";

    /// <summary>The file of an epoch whose leader's history is being written.</summary>
    public const string AnnouncedName = CurrentName + ".tmp";

    private const int Missing = -1;

    private readonly IDisk _disk;
    private readonly string _directory;
    private int _announced = Missing;

    private EpochFiles(IDisk disk, string directory, int accepted, int current)
    {
        _disk = disk;
        _directory = directory;
        Accepted = accepted;
        Current = current;
    }

    /// <summary>The highest epoch promised.</summary>
    public int Accepted { get; private set; }

    /// <summary>The epoch whose leader's history is here.</summary>
    public int Current { get; private set; }

    /// <summary>Reads both files, makes them where a standalone server left none, and completes what a crash interrupted.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">That of the snapshots.</param>
    /// <param name="last">The end of the log.</param>
    /// <exception cref="DataDirectoryException">The files do not fit together, or not with the log; nothing was changed.</exception>
    public static EpochFiles Open(IDisk disk, string directory, Zxid last)
    {
        int? savedCurrent = Read(disk, directory, CurrentName);
        int? savedAccepted = Read(disk, directory, AcceptedName);
        int current = savedCurrent ?? last.Epoch;
        if (last.Epoch > current)
        {
            int announced = Read(disk, directory, AnnouncedName) ?? 0;
            if (announced < last.Epoch)
                throw Older(directory, current, last);

            // Not the announced one: of a later epoch nothing may have been written yet.
            current = last.Epoch;
        }

        int accepted = savedAccepted ?? last.Epoch;
        if (accepted < current)
            throw Promised(directory, accepted, current);

        // Nothing is known of whether an announcement was synced: it is written again.
        EpochFiles files = new(disk, directory, savedAccepted ?? Missing, savedCurrent ?? Missing);
        files.Save(accepted, current);
        return files;
    }

    /// <summary>Makes both durable.</summary>
    /// <exception cref="DiskException">Fatal.</exception>
    public void Save(int accepted, int current)
    {
        if (accepted < Accepted || current < Current || accepted < current)
            throw new InvalidOperationException($"Epochs {accepted} and {current} cannot follow {Accepted} and {Current}.");

        // In this order, so that no crash leaves a current epoch that was never accepted.
        if (accepted != Accepted)
            Write(AcceptedName, accepted);
        Accepted = accepted;
        if (current == Current)
            return;

        if (current == _announced)
            Expose();
        else
            Write(CurrentName, current);
        Current = current;
        _announced = Missing;
    }

    /// <summary>
    /// Entries of an epoch, or a snapshot of it, are about to be written while the current epoch is lower. To be called before anything of
    /// them is; costs nothing when it is known already.
    /// </summary>
    /// <exception cref="DiskException">Fatal.</exception>
    public void Announce(int epoch)
    {
        if (epoch <= Current || epoch <= _announced)
            return;
        if (epoch > Accepted)
            throw new InvalidOperationException($"Entries of epoch {epoch} come before it was accepted; {Accepted} was.");

        // An announcement that entries rely on is replaced, never overwritten.
        Write(AnnouncedName, epoch);
        _announced = epoch;
    }

    private static int? Read(IDisk disk, string directory, string name)
    {
        string path = Path.Combine(directory, name);
        if (SmallFile.TryRead(disk, path) is not { } text)
            return null;

        string line = text.Split('\n', 2)[0].TrimEnd('\r');
        return int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            ? epoch
            : throw new DataDirectoryException(
                $"'{path}' does not hold the number of an epoch. Restore the file from a copy. If there is none, and a majority of the other "
                + "members runs, move the data of this member away and let it begin anew from theirs.");
    }

    private static DataDirectoryException Older(string directory, int current, Zxid last) => new(
        $"'{Path.Combine(directory, CurrentName)}' says {current}, but the log reaches transaction {last} of epoch {last.Epoch}. One of the two "
        + "is not from this member, or older than the other. Restore both from one copy. Or, if a majority of the other members runs, move "
        + "the data of this member away and let it begin anew from theirs.");

    private static DataDirectoryException Promised(string directory, int accepted, int current) => new(
        $"'{Path.Combine(directory, AcceptedName)}' says {accepted}, which is less than the {current} of '{CurrentName}': this member would "
        + $"break a promise. Restore both files from one copy; if '{AcceptedName}' is lost, write {current} into it.");

    private void Write(string name, int epoch) => SmallFile.Replace(
        _disk,
        Path.Combine(_directory, DataFileName.Unfinished(name)),
        Path.Combine(_directory, name),
        epoch.ToString(CultureInfo.InvariantCulture));

    private void Expose()
    {
        _disk.Rename(Path.Combine(_directory, AnnouncedName), Path.Combine(_directory, CurrentName));
        _disk.SyncDirectory(_directory);
    }
}
