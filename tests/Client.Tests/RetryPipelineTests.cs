using System.Net;
using System.Net.Sockets;
using Polly;
using Polly.Retry;

namespace Coordination.Client.Tests;

/// <summary>A reconnect pipeline of the application's may do what it likes.</summary>
public sealed class RetryPipelineTests
{
    [Fact]
    public async Task A_strategy_that_leaves_the_clients_thread_does_not_stop_the_search()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int retries = 0;
        TaskCompletionSource third = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new CoordinationOptions { ConnectionString = reserved.LocalEndPoint!.ToString()! };
        await using var client = new CoordinationClient(options, new CoordinationClientServices
        {
            ConfigureRetry = builder => builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(1),
                OnRetry = async _ =>
                {
                    await Task.Yield();
                    await Task.Run(static () => { });
                    if (++retries == 3)
                        third.TrySetResult();
                },
            }),
        });
        _ = client.ExistsAsync("/x", TestContext.Current.CancellationToken).AsTask().ContinueWith(
            static task => task.Exception, TaskScheduler.Default);

        await third.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }
}
