import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.Participant;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.UriSpec;

/** Curator's side of the interoperation tests: takes its steps at lines of standard input and tells them on standard output. */
public final class CuratorPeer {
    private static final BufferedReader INPUT = new BufferedReader(new InputStreamReader(System.in));

    public static void main(String[] args) throws Exception {
        try (CuratorFramework client = CuratorFrameworkFactory.newClient(args[0], 10_000, 10_000, new RetryOneTime(500))) {
            client.start();
            switch (args[1]) {
                case "lock" -> lock(client, args[2]);
                case "latch" -> latch(client, args[2], args[3]);
                case "register" -> register(client, args[2], args[3], args[4]);
                case "query" -> query(client, args[2], args[3]);
                default -> throw new IllegalArgumentException(args[1]);
            }
        }
        System.exit(0);
    }

    private static void lock(CuratorFramework client, String path) throws Exception {
        InterProcessMutex mutex = new InterProcessMutex(client, path);
        tell("at-once " + mutex.acquire(0, TimeUnit.MILLISECONDS));
        if (!mutex.isAcquiredInThisProcess()) {
            mutex.acquire();
            tell("acquired");
        }
        INPUT.readLine();
        mutex.release();
        tell("released");
    }

    private static void latch(CuratorFramework client, String path, String id) throws Exception {
        LeaderLatch latch = new LeaderLatch(client, path, id);
        latch.start();
        tell("started");
        latch.await();
        StringBuilder participants = new StringBuilder();
        for (Participant participant : latch.getParticipants()) {
            participants.append(' ').append(participant.getId());
        }
        tell("leader" + participants);
        INPUT.readLine();
        latch.close();
        tell("closed");
    }

    private static void register(CuratorFramework client, String base, String name, String id) throws Exception {
        ServiceInstance<String> instance = ServiceInstance.<String>builder().name(name).id(id).address("10.9.8.7").port(8080)
            .sslPort(8443).payload("from Java").uriSpec(new UriSpec("{scheme}://{address}:{ssl-port}")).build();
        try (ServiceDiscovery<String> discovery = ServiceDiscoveryBuilder.builder(String.class).client(client).basePath(base)
            .thisInstance(instance).build()) {
            discovery.start();
            tell("registered");
            INPUT.readLine();
        }
        tell("unregistered");
    }

    private static void query(CuratorFramework client, String base, String name) throws Exception {
        try (ServiceDiscovery<String> discovery = ServiceDiscoveryBuilder.builder(String.class).client(client).basePath(base).build()) {
            discovery.start();
            for (ServiceInstance<String> found : discovery.queryForInstances(name)) {
                tell("found " + String.join(" ", found.getName(), found.getId(), found.getAddress(), String.valueOf(found.getPort()),
                    found.getServiceType().name(), found.buildUriSpec(), found.getPayload()));
            }
        }
        tell("done");
    }

    private static void tell(String line) {
        System.out.println("> " + line);
        System.out.flush();
    }
}
