import java.io.File;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.flexible.QuorumVerifier;

/** What Apache's parser makes of configurations, and what it refuses. Arguments: the folder to write into. */
public class Configurations {
    private static final String[] TEXTS = {
        "server.1=localhost:2888:3888",
        "server.1=localhost:2888:3888\nserver.2=127.0.0.1:2889:3889\nserver.3=127.0.0.2:2888:3888:observer\nversion=0",
        "server.3=c.invalid:1:2:PARTICIPANT;2181\nserver.1=a.invalid:1:2;127.0.0.1:2182\nserver.2=b.invalid:1:2:Observer;host:2183\nversion=100000005",
        "server.1=[::1]:2888:3888;[::1]:2181\nserver.2=[2001:DB8::a]:2888:3888;2181\nserver.3=[::ffff:1.2.3.4]:2888:3888\nversion=ffffffff",
        "server.1=[fe80::1:0:0:2]:2888:3888:participant;[2001:db8:0:1::]:2181\nversion=a",
        "server.1=b.invalid:1:2|a.invalid:3:4:observer;2181\nserver.2=10.0.0.2:1:2:participant|10.0.0.1:3:4:participant\nversion=7fffffffffffffff",
        "server.1=[::2]:5:6|[::1]:7:8|c:1:2\nserver.2=d:1:2\nversion=1",
        "server.1=a:1:2\nserver.2=a:3:4\nserver.3=a:5:6\ngroup.1=1:2:3\nweight.1=2\nversion=200000000",
        "server.1=a:1:2\nserver.2=a:3:4\nserver.3=a:5:6\nserver.4=a:7:8\nserver.5=a:9:10\nserver.6=a:11:12:observer\n"
            + "group.2=5:4\ngroup.1=3:1:2\nweight.1=1\nweight.2=0\nweight.3=7\nweight.4=0\nweight.5=0\nversion=0",
        "# a comment\n! another\n\nserver.1 = a:1:2\n server.2 : b:1:2;2181\nserver.3 c:1:2\\\n   :observer\nversion=2",
        "server.1=a:1:2\nserver.10=a:3:4\nserver.2=a:5:6\nserver.9=a:7:8\nversion=3",
        "server.0=a:1:2\nserver.7=a:0:1;0\nversion=0",
        "server.1=a\\:1\\:2\\;2181\nversion=0",
    };

    private static final String[] REFUSED = {
        "server.1=a:1",
        "server.1=a:1:2:3:4",
        "server.1=a:1:2:leader",
        "server.1=a:1:1",
        "server.1=a:x:2",
        "server.1=a:1:x",
        "server.1=a:1:65536",
        "server.1=a:1:2;x",
        "server.1=a:1:2;h:1:2",
        "server.1=a:1:2;1;2",
        "server.x=a:1:2",
        "server.1=a:1:2:observer|b:1:2:participant",
        "server.1=[::1:1:2",
        "server.1=[::1]",
        "server.1=a:1:2\ngroup.1=1:1",
        "server.1=a:1:2\nserver.2=a:3:4\ngroup.1=1",
        "server.1=a:1:2\nweight.1=1",
        "server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2\ngroup.2=2",
        "server.1=a:1:2\ngroup.x=1",
        "server.1=a:1:2\ngroup.1=x",
        "server.1=a:1:2\ngroup.1=1\nweight.1=x",
        "server.1=a:1:2\ngroup.1=1\nweight=1",
        "server.1=a:1:2\ngroup=1",
        "server.1=a:1:2\nversion=xyz",
        "server.1=a:1:2\nclientPort=2181",
    };

    public static void main(String[] args) throws Exception {
        System.setProperty("zookeeper.multiAddress.enabled", "true");
        QuorumPeerConfig.setStandaloneEnabled(false);
        StringBuilder accepted = new StringBuilder();
        for (String text : TEXTS) {
            QuorumVerifier verifier = parse(text);
            String name = args[0] + "/written";
            QuorumPeerConfig.writeDynamicConfig(name, verifier, false);
            String without = Files.readString(Path.of(name));
            QuorumPeerConfig.writeDynamicConfig(name, verifier, true);
            String with = Files.readString(Path.of(name));
            Files.delete(Path.of(name));
            accepted.append(text).append("\n----\n").append(verifier).append("\n----\n").append(without)
                .append("\n----\n").append(with).append("\n====\n");
        }

        Files.writeString(Path.of(args[0], "configurations.txt"), accepted);
        StringBuilder refused = new StringBuilder();
        for (String text : REFUSED) {
            try {
                System.err.println("not refused: " + text + " -> " + parse(text));
                System.exit(1);
            } catch (RuntimeException | QuorumPeerConfig.ConfigException expected) {
                refused.append(text).append("\n====\n");
            }
        }

        Files.writeString(Path.of(args[0], "refused.txt"), refused);
    }

    private static QuorumVerifier parse(String text) throws Exception {
        Properties properties = new Properties();
        properties.load(new StringReader(text));
        return QuorumPeerConfig.parseDynamicConfig(properties, 3, false, false, null);
    }
}
