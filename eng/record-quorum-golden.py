#!/usr/bin/python3
"""Records what the members of an Apache ZooKeeper ensemble say to each other.

Starts three participants and an observer on loopback, with a relay between every two of them, leads them through what an ensemble can
live through, and writes for each chapter NAME.bin, everything in the order in which it passed the relays, and NAME.txt, an index. Beside it
go configurations.txt and refused.txt, what Apache's classes make of the text of a configuration.

Each process has a hosts file of its own in which the other members' names lead to a relay. An election greeting holds the sender's real
address, to which the reader would connect past the relay: the relay records it as it came and passes on its own address in its place.

Run it from the root of the repository after eng/install-peers.sh:

    /usr/bin/python3 eng/record-quorum-golden.py tests/Protocol.Tests/Golden/Quorum
"""

import base64
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError
from kazoo.security import make_digest_acl

JARS = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar"
OBSERVER = 4
TYPES = {
    1: "Request", 2: "Proposal", 3: "Ack", 4: "Commit", 5: "Ping", 6: "Revalidate", 7: "Sync", 8: "Inform", 9: "CommitAndActivate",
    10: "NewLeader", 11: "FollowerInfo", 12: "UpToDate", 13: "Diff", 14: "Truncate", 15: "Snapshot", 16: "ObserverInfo", 17: "LeaderInfo",
    18: "AckEpoch", 19: "InformAndActivate",
}
STATES = {0: "Looking", 1: "Following", 2: "Leading", 3: "Observing"}

# Idle links ping for ever; more of the same tells nothing.
PINGS = 4


class Incomplete(Exception):
    """The bytes end inside a value."""


class Cursor:
    """Reads jute from what has arrived so far."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise Incomplete
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def buffer(self):
        return self.take(max(self.number("i"), 0))


def packet(data):
    """The packet at the start, as (name, zxid, length)."""
    cursor = Cursor(data)
    kind, zxid = cursor.number("i"), cursor.number("q")
    cursor.buffer()
    for _ in range(2 * max(cursor.number("i"), 0)):
        cursor.buffer()
    return TYPES[kind], zxid, cursor.at


def snapshot(data):
    """The snapshot stream at the start, up to its signature."""
    cursor = Cursor(data)
    cursor.take(12 * cursor.number("i"))
    for _ in range(cursor.number("i")):
        cursor.take(8)
        for _ in range(cursor.number("i")):
            cursor.take(4)
            cursor.buffer()
            cursor.buffer()
    while cursor.buffer() != b"/":
        cursor.buffer()
        cursor.take(68)
    assert cursor.buffer() == b"BenWasHere"
    return "SnapshotStream", 0, cursor.at


def greeting(data):
    cursor = Cursor(data)
    version = cursor.number("q")
    cursor.take(8)
    cursor.buffer()
    return "Greeting", version, cursor.at


def notification(data):
    cursor = Cursor(data)
    message = Cursor(cursor.buffer())
    state = message.number("i")
    message.take(8)
    return STATES[state], message.number("q"), cursor.at


class Recorder:
    """Everything that passed, in order: (chapter's kind, source, target, connection, direction, name, zxid, bytes)."""

    def __init__(self):
        self.lock = threading.Lock()
        self.items, self.connections, self.pings = [], 0, {}
        self.deaf = set()

    def connect(self):
        with self.lock:
            self.connections += 1
            return self.connections

    def record(self, kind, source, target, connection, direction, name, zxid, data):
        with self.lock:
            if name == "Ping":
                key = (connection, direction, len(data) > 20)
                self.pings[key] = self.pings.get(key, 0) + 1
                if self.pings[key] > PINGS:
                    return
            self.items.append((kind, source, target, connection, direction, name, zxid, data))

    def take(self):
        with self.lock:
            items, self.items, self.pings = self.items, [], {}
            return items


class Relay:
    """Stands in for one port of one member towards one other member."""

    def __init__(self, recorder, kind, source, target, port, ports):
        self.recorder, self.kind, self.source, self.target, self.ports = recorder, kind, source, target, ports
        self.real = (f"127.0.1.{target}", port)
        self.listener = socket.create_server((relay_host(source, target), port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            threading.Thread(target=self.join, args=(near,), daemon=True).start()

    def join(self, near):
        far = self.reach()
        if far is None:
            near.close()
            return
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = self.recorder.connect()
        threading.Thread(target=self.pump, args=(near, far, number, ">"), daemon=True).start()
        threading.Thread(target=self.pump, args=(far, near, number, "<"), daemon=True).start()

    def reach(self):
        """A learner may come before its leader listens. It would try again; but its connection to the relay has succeeded already."""
        for _ in range(100 if self.kind == "learners" else 1):
            try:
                far = socket.create_connection(self.real, timeout=10)
                far.settimeout(None)
                return far
            except OSError:
                time.sleep(0.1)
        return None

    def pump(self, source, target, number, direction):
        parse = packet if self.kind == "learners" else greeting if direction == ">" else notification
        pending = b""
        try:
            while True:
                piece = source.recv(65536)
                if not piece:
                    break
                if (self.source, self.target, direction) in self.recorder.deaf:
                    continue
                pending += piece
                while True:
                    try:
                        name, zxid, length = parse(pending)
                    except Incomplete:
                        break
                    data, pending = pending[:length], pending[length:]
                    self.recorder.record(self.kind, self.source, self.target, number, direction, name, zxid, data)
                    target.sendall(self.redirect(data) if name == "Greeting" else data)
                    parse = snapshot if name == "Snapshot" else packet if self.kind == "learners" else notification
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def redirect(self, data):
        """The acceptor shall call back through its own relay."""
        text = f"{relay_host(self.target, self.source)}:{self.ports[self.source]}".encode("ascii")
        return data[:16] + struct.pack(">i", len(text)) + text


def relay_host(source, target):
    return f"127.0.{10 + source}.{target}"


def free_port(host="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Ensemble:
    def __init__(self, home, recorder):
        self.home, self.recorder, self.processes = home, recorder, {}
        ids = [1, 2, 3, OBSERVER]
        self.quorum = {i: free_port(f"127.0.1.{i}") for i in ids}
        self.election = {i: free_port(f"127.0.1.{i}") for i in ids}
        self.client = {i: free_port() for i in ids}
        for source in ids:
            for target in ids:
                if source != target:
                    Relay(recorder, "learners", source, target, self.quorum[target], self.quorum)
                    Relay(recorder, "elections", source, target, self.election[target], self.election)
        for i in ids:
            self.prepare(i, ids)

    def line(self, i):
        role = "observer" if i == OBSERVER else "participant"
        return f"server.{i}=peer{i}:{self.quorum[i]}:{self.election[i]}:{role};127.0.0.1:{self.client[i]}"

    def prepare(self, i, ids):
        base = f"{self.home}/{i}"
        os.makedirs(f"{base}/data")
        write_text(f"{base}/data/myid", f"{i}\n")
        write_text(f"{base}/zoo.cfg.dynamic", "".join(self.line(j) + "\n" for j in ids))
        hosts = [f"{f'127.0.1.{j}' if i == j else relay_host(i, j)} peer{j}" for j in ids]
        write_text(f"{base}/hosts", "\n".join(["127.0.0.1 localhost"] + hosts) + "\n")
        write_text(f"{base}/zoo.cfg", f"""dataDir={base}/data
tickTime=2000
initLimit=30
syncLimit=15
maxSessionTimeout=120000
standaloneEnabled=false
reconfigEnabled=true
admin.enableServer=false
4lw.commands.whitelist=*
dynamicConfigFile={base}/zoo.cfg.dynamic
""")

    def start(self, i):
        secret = base64.b64encode(hashlib.sha1(b"super:golden").digest()).decode("ascii")
        with open(f"{self.home}/{i}/log", "a", encoding="ascii") as log:
            self.processes[i] = subprocess.Popen(
                ["/usr/bin/java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.extendedTypesEnabled=true",
                 f"-Djdk.net.hosts.file={self.home}/{i}/hosts", "-Dzookeeper.preAllocSize=64",
                 f"-Dzookeeper.DigestAuthenticationProvider.superDigest=super:{secret}",
                 "-cp", JARS, "org.apache.zookeeper.server.quorum.QuorumPeerMain", f"{self.home}/{i}/zoo.cfg"],
                stdout=log, stderr=subprocess.STDOUT, cwd=f"{self.home}/{i}")

    def kill(self, i):
        self.processes[i].kill()
        self.processes.pop(i).wait()

    def close(self):
        for i in list(self.processes):
            self.kill(i)

    def mode(self, i):
        try:
            with socket.create_connection(("127.0.0.1", self.client[i]), timeout=5) as probe:
                probe.sendall(b"srvr")
                answer = b""
                while piece := probe.recv(65536):
                    answer += piece
            return next(line[6:] for line in answer.decode("ascii").splitlines() if line.startswith("Mode: "))
        except (OSError, StopIteration):
            return None

    def wait(self, i, *modes):
        for _ in range(600):
            mode = self.mode(i)
            if mode in modes:
                return mode
            time.sleep(0.2)
        with open(f"{self.home}/{i}/log", encoding="utf-8") as log:
            sys.exit(f"server {i} is {self.mode(i)}, not {modes}:\n" + log.read()[-6000:])

    def leader(self):
        for _ in range(600):
            for i in self.processes:
                if self.mode(i) == "leader":
                    return i
            time.sleep(0.2)
        return sys.exit("nobody leads")

    def connect(self, i, **options):
        client = KazooClient(f"127.0.0.1:{self.client[i]}", timeout=60, **options)
        client.start(timeout=60)
        return client


def write_text(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def work(ensemble):
    """Every kind of transaction, through a follower; a client moves; another's session has ended."""
    client = ensemble.connect(1)
    client.add_auth("digest", "bob:secret")
    client.create("/a", b"one")
    client.create("/a/child", b"", ephemeral=True)
    client.create("/a/seq-", b"", sequence=True, acl=[make_digest_acl("bob", "secret", all=True)])
    client.create("/a/two", b"two", include_data=True)
    try:
        client.create("/a", b"again")
    except NodeExistsError:
        pass
    client.set("/a", b"three")
    client.set_acls("/a/two", [make_digest_acl("bob", "secret", all=True)])
    transaction = client.transaction()
    transaction.check("/a", 1)
    transaction.create("/a/multi", b"m")
    transaction.set_data("/a", b"four")
    transaction.commit()
    transaction = client.transaction()
    transaction.create("/a/never", b"")
    transaction.delete("/a/absent")
    transaction.commit()
    client.sync("/a")
    client.delete("/a/multi")
    special(ensemble.client[1])
    time.sleep(3)

    client.stop()
    client.close()
    move(ensemble)


def move(ensemble):
    """A session begins at one server, moves to another, ends there, and is asked for once more."""
    socket_, session, password, _ = handshake(ensemble.client[1], 0, bytes(16))
    socket_.close()
    socket_, _, _, timeout = handshake(ensemble.client[3], session, password)
    assert timeout > 0
    socket_.sendall(struct.pack(">iii", 8, 1, -11))
    socket_.recv(65536)
    socket_.close()
    socket_, _, _, timeout = handshake(ensemble.client[3], session, password)
    assert timeout == 0
    socket_.close()


def handshake(port, session, password):
    """Connects as a client that can lose its connection without ending its session."""
    link = socket.create_connection(("127.0.0.1", port), timeout=60)
    link.sendall(struct.pack(">iiqiqi", 44, 0, 0, 60000, session, 16) + password)
    answer = b""
    while len(answer) < 40:
        piece = link.recv(65536)
        if not piece:
            raise EOFError
        answer += piece
    _, _, timeout, session, length = struct.unpack_from(">iiiqi", answer)
    return link, session, answer[24:24 + length], timeout


def special(port):
    """Containers and times to live; kazoo knows neither."""
    commands = ["create -c /container", "create -t 100000000 /ttl expires", "delete /container", "quit"]
    subprocess.run(["/usr/bin/java", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                    "-cp", JARS + ":/usr/share/java/jline2.jar:/usr/share/java/commons-cli.jar",
                    "org.apache.zookeeper.ZooKeeperMain", "-server", f"127.0.0.1:{port}"],
                   input="\n".join(commands) + "\n", text=True, check=True, timeout=120, stdout=subprocess.DEVNULL)


def observe(ensemble):
    client = ensemble.connect(OBSERVER)
    client.create("/observed", b"through the observer")
    client.sync("/observed")
    time.sleep(3)
    client.stop()
    client.close()


def fall_behind(ensemble):
    ensemble.kill(1)
    client = ensemble.connect(3)
    for i in range(3):
        client.set("/a", b"%d" % i)
    client.stop()
    client.close()
    ensemble.start(1)
    ensemble.wait(1, "follower")


def run_ahead(ensemble, recorder):
    """The leader logs what nobody else hears, and dies; the others go on, and it comes back."""
    old = ensemble.leader()
    client = ensemble.connect(old)
    client.create("/heard", b"")
    time.sleep(1)
    recorder.deaf = {(i, old, "<") for i in ensemble.processes}
    client.create_async("/unheard-1", b"")
    client.create_async("/unheard-2", b"")
    time.sleep(2)
    ensemble.kill(old)
    recorder.deaf = set()
    ensemble.leader()
    ensemble.start(old)
    ensemble.wait(old, "follower")
    client.stop()
    client.close()


def reconfigure(ensemble):
    """The observer goes and comes back; a follower becomes an observer and a participant again; the leader goes."""
    leader = ensemble.leader()
    client = ensemble.connect(leader)
    client.add_auth("digest", "super:golden")
    client.reconfig(joining=None, leaving=str(OBSERVER), new_members=None)
    time.sleep(4)
    client.reconfig(joining=ensemble.line(OBSERVER), leaving=None, new_members=None)
    ensemble.wait(OBSERVER, "observer")
    time.sleep(4)
    client.reconfig(joining=None, leaving=str(leader), new_members=None)
    time.sleep(1)
    others = [i for i in (1, 2, 3) if i != leader]
    modes = sorted(ensemble.wait(i, "leader", "follower") for i in others)
    assert modes == ["follower", "leader"], modes
    ensemble.wait(OBSERVER, "observer")
    client.stop()
    client.close()


def write(directory, chapter, items):
    for kind in ("learners", "elections"):
        chosen = [item for item in items if item[0] == kind]
        if not chosen:
            continue
        order = list(dict.fromkeys(item[3] for item in chosen))
        name = f"{directory}/{chapter}-{kind}"
        with open(f"{name}.bin", "wb") as binary, open(f"{name}.txt", "w", encoding="ascii") as index:
            index.write("# opener, acceptor, connection, direction (> to the acceptor), what, zxid or version, offset, length\n")
            offset = 0
            for _, source, target, connection, direction, what, zxid, data in chosen:
                binary.write(data)
                index.write(f"{source} {target} {order.index(connection) + 1} {direction} {what} {zxid} {offset} {len(data)}\n")
                offset += len(data)
        print(f"{chapter}-{kind}: {len(chosen)} items, {offset} bytes, {' '.join(sorted({item[5] for item in chosen}))}", flush=True)
    return {item[5] for item in items}


def configurations(home, directory):
    """What Apache's parser and writer make of configurations: no ensemble needed."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "Configurations.java")
    subprocess.run(["javac", "-cp", JARS, "-d", home, source], check=True)
    subprocess.run(["/usr/bin/java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", f"{JARS}:{home}", "Configurations", directory], check=True)


def start(ensemble):
    for i in (1, 2):
        ensemble.start(i)
    ensemble.wait(1, "follower")
    ensemble.wait(2, "leader")


def join(ensemble):
    client = ensemble.connect(1)
    client.create("/before", b"the third")
    client.stop()
    client.close()
    ensemble.start(3)
    ensemble.wait(3, "follower")
    ensemble.start(OBSERVER)
    ensemble.wait(OBSERVER, "observer")


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    home = tempfile.mkdtemp(prefix="quorum-")
    recorder = Recorder()
    ensemble = Ensemble(home, recorder)
    seen = set()
    configurations(home, directory)
    try:
        for chapter, play in (
                ("start", start), ("join", join), ("work", work), ("observe", observe), ("behind", fall_behind),
                ("ahead", lambda e: run_ahead(e, recorder)), ("reconfigure", reconfigure)):
            play(ensemble)
            time.sleep(3)
            seen |= write(directory, chapter, recorder.take())
        # Nobody asks an observer for its vote, so none says that it observes.
        missing = (set(TYPES.values()) | set(STATES.values())) - seen - {"Observing"}
        if missing:
            sys.exit(f"not recorded: {' '.join(sorted(missing))}")
    finally:
        ensemble.close()
        shutil.rmtree(home, ignore_errors=True)


main()
