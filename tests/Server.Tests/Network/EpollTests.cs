using Coordination.Server.Network;
using Coordination.Testing;
using Microsoft.Win32.SafeHandles;

namespace Coordination.Server.Tests.Network;

public sealed class EpollTests : IDisposable
{
    private const int Attempts = 50;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>The system gives a closed descriptor's number to the next file; other tests may take it first, so this asks more than once.</summary>
    [Fact]
    public void A_word_that_comes_too_late_goes_into_no_file_that_has_the_number_now()
    {
        if (!OperatingSystem.IsLinux())
            return;

        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Epoll epoll = new();
            int number = epoll.WakeKey;
            epoll.Dispose();

            // Two descriptors were closed; the system gives the lower number first.
            SafeFileHandle[] files = [.. Enumerable.Range(0, 2).Select(i => Create($"file{attempt}-{i}"))];
            bool hasNumber = files.Any(file => file.DangerousGetHandle() == number);
            epoll.Wake();
            epoll.Dispose();
            Assert.All(files, static file => Assert.Equal(0, RandomAccess.GetLength(file)));
            Array.ForEach(files, static file => file.Dispose());
            if (hasNumber)
                return;
        }

        Assert.Fail($"The number was not given out again in {Attempts} attempts.");
    }

    private SafeFileHandle Create(string name) => File.OpenHandle(_directory.Combine(name), FileMode.Create, FileAccess.ReadWrite);
}
