import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.data.Stat;

/** A session of Apache's Java client that uses every operation it has. */
public final class Session {
    private static final Semaphore connections = new Semaphore(0);

    private static final Watcher watcher = event -> {
        if (event.getState() == KeeperState.SyncConnected && event.getType() == Watcher.Event.EventType.None) {
            connections.release();
        }
    };

    public static void main(String[] arguments) throws Exception {
        ZooKeeperAdmin client = new ZooKeeperAdmin(arguments[0], 4000, watcher);
        awaitConnection();
        if (arguments[1].equals("sasl")) {
            client.create("/sasl", null, Ids.CREATOR_ALL_ACL, CreateMode.EPHEMERAL);
            System.out.println(client.whoAmI());
        } else {
            createAndRead(client);
            transactions(client);
            watches(client);
            reconfigure(client, arguments[1]);
        }
        client.close();
    }

    private static void createAndRead(ZooKeeper client) throws Exception {
        Stat stat = new Stat();
        client.create("/java", "root".getBytes(), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/java/null", null, Ids.READ_ACL_UNSAFE, CreateMode.EPHEMERAL);
        client.create("/java/b\u00fccher-", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL);
        client.create("/java/two-", new byte[300], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL, stat);
        client.create("/java/container", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER, stat);
        client.create("/java/ttl", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 60000);
        client.create("/java/ttl-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, stat, 60000);
        client.getData("/java", false, stat);
        client.getData("/java/null", false, stat);
        client.exists("/java", false);
        client.exists("/nowhere", false);
        client.getChildren("/java", false);
        client.getChildren("/java", false, stat);
        client.getAllChildrenNumber("/java");
        client.getEphemerals();
        client.getEphemerals("/java");
        client.setData("/java", "changed".getBytes(), 0);
        client.addAuthInfo("digest", "user:password".getBytes());
        client.create("/java/private", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        client.getACL("/java/private", stat);
        client.setACL("/java/private", Ids.OPEN_ACL_UNSAFE, -1);
        client.whoAmI();
        CountDownLatch synced = new CountDownLatch(1);
        client.sync("/java", (code, path, context) -> synced.countDown(), null);
        synced.await();
        try {
            client.delete("/java", -1);
            throw new AssertionError("deleted a znode with children");
        } catch (KeeperException.NotEmptyException expected) {
            System.out.println(expected.getMessage());
        }
    }

    private static void transactions(ZooKeeper client) throws Exception {
        client.multi(Arrays.asList(
            Op.check("/java", 1),
            Op.create("/java/m", "1".getBytes(), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.create("/java/mc", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER),
            Op.create("/java/mt", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, 60000),
            Op.create("/java/m/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL),
            Op.setData("/java/m", null, 0),
            Op.delete("/java/m/e", -1)));
        try {
            client.multi(Arrays.asList(Op.delete("/java/m", -1), Op.check("/java", 77), Op.delete("/java/mc", -1)));
            throw new AssertionError("a wrong version passed");
        } catch (KeeperException.BadVersionException expected) {
            System.out.println(expected.getMessage());
        }
        client.multi(Arrays.asList(Op.getData("/java"), Op.getChildren("/java"), Op.getData("/nowhere"), Op.getData("/java/null")));
    }

    private static void watches(ZooKeeper client) throws Exception {
        Semaphore fired = new Semaphore(0);
        Watcher own = event -> fired.release();
        client.getData("/java", own, null);
        client.exists("/java/absent", own);
        client.getChildren("/java", own);
        cut(client);
        client.setData("/java", "after the first cut".getBytes(), -1);
        client.create("/java/absent", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        take(fired, 3);

        client.addWatch("/java/m", own, AddWatchMode.PERSISTENT);
        client.addWatch("/java/absent", own, AddWatchMode.PERSISTENT_RECURSIVE);
        client.getData("/java", own, null);
        client.getChildren("/java/private", own);
        cut(client);
        client.create("/java/absent/below", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.delete("/java/absent/below", -1);
        client.setData("/java/m", "after the second cut".getBytes(), -1);
        client.setData("/java", null, -1);
        take(fired, 4);
        client.removeWatches("/java/private", own, Watcher.WatcherType.Children, false);
        take(fired, 1);
        client.removeAllWatches("/java/m", Watcher.WatcherType.Any, false);
        take(fired, 1);
        try {
            client.removeAllWatches("/nowhere", Watcher.WatcherType.Any, false);
            throw new AssertionError("removed a watch that was not there");
        } catch (KeeperException.NoWatcherException expected) {
            System.out.println(expected.getMessage());
        }
        Thread.sleep(3000);
    }

    private static void reconfigure(ZooKeeperAdmin client, String members) throws Exception {
        try {
            client.reconfigure("nonsense", null, null, -1, new Stat());
            throw new AssertionError("reconfigured without rights");
        } catch (KeeperException expected) {
            System.out.println(expected.getMessage());
        }
        client.addAuthInfo("digest", "super:golden".getBytes());
        client.reconfigure((List<String>) null, null, Arrays.asList(members), -1, new Stat());
    }

    private static void cut(ZooKeeper client) throws Exception {
        connections.drainPermits();
        try {
            client.exists("/cut-here", false);
        } catch (KeeperException.ConnectionLossException lost) {
            System.out.println(lost.getMessage());
        }
        awaitConnection();
    }

    private static void awaitConnection() throws InterruptedException {
        take(connections, 1);
    }

    private static void take(Semaphore semaphore, int count) throws InterruptedException {
        if (!semaphore.tryAcquire(count, 20, TimeUnit.SECONDS)) {
            throw new AssertionError("nothing came");
        }
    }
}
