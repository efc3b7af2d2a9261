#!/usr/bin/python3
"""Records what Apache's server and three stock clients say to each other.

Starts Apache ZooKeeper as an ensemble of one (so that reconfig works), puts a recording proxy in front of it, runs one client
program after the other and writes for each client NAME.bin, all frames in the order in which they passed, and NAME.txt, an index.

Run it from the root of the repository after eng/install-peers.sh:

    /usr/bin/python3 eng/record-golden.py tests/Protocol.Tests/Golden
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
JARS = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar"

# A request that names this path loses its connection right after the reply.
CUT = b"/cut-here"

OPS = {
    0: "notification", 1: "create", 2: "delete", 3: "exists", 4: "getData", 5: "setData", 6: "getACL", 7: "setACL",
    8: "getChildren", 9: "sync", 11: "ping", 12: "getChildren2", 13: "check", 14: "multi", 15: "create2", 16: "reconfig",
    17: "checkWatches", 18: "removeWatches", 19: "createContainer", 20: "deleteContainer", 21: "createTTL", 22: "multiRead",
    100: "auth", 101: "setWatches", 102: "sasl", 103: "getEphemerals", 104: "getAllChildrenNumber", 105: "setWatches2",
    106: "addWatch", 107: "whoAmI", -11: "closeSession",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Recorder:
    """A proxy that writes down every frame with its direction and operation."""

    def __init__(self, target):
        self.target = target
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.frames = []
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            self.connections += 1
            Link(self, client, socket.create_connection(("127.0.0.1", self.target)), self.connections)

    def record(self, connection, direction, op, xid, error, frame):
        with self.lock:
            self.frames.append((connection, direction, op, xid, error, frame))

    def take(self):
        with self.lock:
            frames, self.frames, self.connections = self.frames, [], 0
            return frames


class Link:
    """One connection: the operations of its pending requests in order, by xid."""

    def __init__(self, recorder, client, server, number):
        self.recorder, self.client, self.server, self.number = recorder, client, server, number
        self.pending = []
        self.cut_at = None
        threading.Thread(target=self.pump, args=(client, server, self.request), daemon=True).start()
        threading.Thread(target=self.pump, args=(server, client, self.reply), daemon=True).start()

    def pump(self, source, target, note):
        handshake = True
        try:
            while True:
                head = self.read(source, 4)
                frame = self.read(source, struct.unpack(">i", head)[0])
                cut = note(frame, handshake)
                handshake = False
                target.sendall(head + frame)
                if cut:
                    break
        except (OSError, EOFError):
            pass
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @staticmethod
    def read(source, count):
        data = b""
        while len(data) < count:
            piece = source.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def request(self, frame, handshake):
        if handshake:
            self.recorder.record(self.number, ">", "connect", 0, 0, frame)
            return False
        xid, op = struct.unpack_from(">ii", frame)
        # The server answers every ping with this xid.
        self.pending.append((-2 if op == 11 else xid, OPS[op]))
        if CUT in frame:
            self.cut_at = xid
        self.recorder.record(self.number, ">", OPS[op], xid, 0, frame)
        return False

    def reply(self, frame, handshake):
        if handshake:
            self.recorder.record(self.number, "<", "connect", 0, 0, frame)
            return False
        xid, _, error = struct.unpack_from(">iqi", frame)
        op = "notification"
        if xid != -1:
            op = next(name for number, name in self.pending if number == xid)
            self.pending.remove((xid, op))
        self.recorder.record(self.number, "<", op, xid, error, frame)
        return xid != -1 and xid == self.cut_at


def start_server(home):
    port = free_port()
    members = f"server.1=127.0.0.1:{free_port()}:{free_port()}:participant;127.0.0.1:{port}"
    os.makedirs(f"{home}/data")
    with open(f"{home}/data/myid", "w", encoding="ascii") as file:
        file.write("1\n")
    with open(f"{home}/zoo.cfg.dynamic", "w", encoding="ascii") as file:
        file.write(members + "\n")
    with open(f"{home}/zoo.cfg", "w", encoding="ascii") as file:
        file.write(f"""dataDir={home}/data
tickTime=500
initLimit=20
syncLimit=10
maxSessionTimeout=60000
standaloneEnabled=false
reconfigEnabled=true
admin.enableServer=false
4lw.commands.whitelist=*
dynamicConfigFile={home}/zoo.cfg.dynamic
authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
""")
    with open(f"{home}/server.log", "w", encoding="ascii") as log:
        process = subprocess.Popen(
            ["/usr/bin/java", "-Xmx256m", "-Dzookeeper.extendedTypesEnabled=true", "-Dzookeeper.skipACL=no",
             f"-Djava.security.auth.login.config={HERE}/jaas.conf",
             # Password "golden" of the super user: reconfig needs it.
             "-Dzookeeper.DigestAuthenticationProvider.superDigest=super:" + super_digest(),
             "-cp", JARS, "org.apache.zookeeper.server.quorum.QuorumPeerMain", f"{home}/zoo.cfg"],
            stdout=log, stderr=subprocess.STDOUT, cwd=home)
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port)) as probe:
                probe.sendall(b"srvr")
                if b"Mode: leader" in probe.recv(65536):
                    return process, port, members
        except OSError:
            pass
        time.sleep(0.1)
    process.kill()
    with open(f"{home}/server.log", encoding="utf-8") as log:
        sys.exit("the server did not start:\n" + log.read()[-4000:])


def super_digest():
    import base64
    import hashlib
    return base64.b64encode(hashlib.sha1(b"super:golden").digest()).decode("ascii")


def write(directory, name, frames):
    order = sorted({frame[0] for frame in frames})
    with open(f"{directory}/{name}.bin", "wb") as binary, open(f"{directory}/{name}.txt", "w", encoding="ascii") as index:
        index.write("# direction (> to the server, < to the client), connection, operation, xid, error, offset, length without its length word\n")
        offset = 0
        for connection, direction, op, xid, error, frame in frames:
            binary.write(struct.pack(">i", len(frame)) + frame)
            index.write(f"{direction} {order.index(connection) + 1} {op} {xid} {error} {offset} {len(frame)}\n")
            offset += 4 + len(frame)
    print(f"{name}: {len(frames)} frames, {offset} bytes, operations: {' '.join(sorted({frame[2] for frame in frames}))}")


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    home = tempfile.mkdtemp(prefix="golden-")
    server, port, members = start_server(home)
    try:
        recorder = Recorder(port)
        address = f"127.0.0.1:{recorder.port}"
        subprocess.run(["gcc", "-O1", "-Wall", "-Werror", "-DTHREADED", f"{HERE}/session.c", "-o", f"{home}/session", "-lzookeeper_mt"],
                       check=True)
        subprocess.run(["javac", "-cp", JARS, "-d", home, f"{HERE}/Session.java"], check=True)
        java = ["/usr/bin/java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
        clients = {
            "kazoo": ["/usr/bin/python3", f"{HERE}/session.py", address, members],
            "c": [f"{home}/session", address, members],
            "java": java + ["-Dzookeeper.sasl.client=false", "-cp", f"{JARS}:{home}", "Session", address, members],
            "java-sasl": java + [f"-Djava.security.auth.login.config={HERE}/jaas.conf", "-cp", f"{JARS}:{home}", "Session", address, "sasl"],
        }
        for name, command in clients.items():
            subprocess.run(command, check=True, timeout=120)
            time.sleep(0.5)
            write(directory, name, recorder.take())
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(home)


main()
