"""A pytest plugin: kazoo's own tests against one standalone server, Apache's or ours.

Everything of kazoo's harness stays (configuration, super user, JAAS file); only the command that starts the server is another one.
"""
import os
import shlex
import socket
import subprocess
import time

from kazoo.testing import common

START_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(server, config, jaas):
    """The program named by CONFORMANCE_COMMAND, then kazoo's own properties and configuration."""
    properties = [
        "-Dfile.encoding=UTF-8",
        "-Dreadonlymode.enabled=true",
        "-Dzookeeper.admin.enableServer=false",
        "-Djava.security.auth.login.config=%s" % jaas,
    ] + list(server.java_system_properties)
    program = shlex.split(os.environ["CONFORMANCE_COMMAND"])
    main = shlex.split(os.environ.get("CONFORMANCE_MAIN", ""))
    return program + properties + main + [config]


def run(server):
    if server.running:
        return
    data = os.path.join(server.working_path, "data")
    config = os.path.join(server.working_path, "zoo.cfg")
    jaas = os.path.join(server.working_path, "jaas.conf")
    os.makedirs(data, exist_ok=True)
    with open(config, "w") as file:
        entries = ["tickTime=2000", "dataDir=" + data, "clientPort=%d" % server.client_port,
                   "clientPortAddress=127.0.0.1", "maxClientCnxns=0",
                   "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"]
        entries += server.configuration_entries
        file.write("".join(entry + "\n" for entry in entries))
    with open(jaas, "w") as file:
        file.write(server.jaas_config or "")
    with open(os.path.join(server.working_path, "server.log"), "ab") as log:
        server.process = subprocess.Popen(command(server, config, jaas), stdout=log, stderr=log)
    server._running = True
    wait(server)


def wait(server):
    """Until the server answers; kazoo itself waits two seconds, which is no proof."""
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", server.client_port), 5) as asked:
                asked.sendall(b"srvr")
                if b"Mode" in asked.makefile("rb").read():
                    return
        except OSError:
            pass
        time.sleep(0.1)
    with open(os.path.join(server.working_path, "server.log"), errors="replace") as log:
        raise RuntimeError("the server does not serve:\n" + log.read()[-4000:])


def pytest_configure(config):
    os.environ["ZOOKEEPER_CLUSTER_SIZE"] = "1"
    os.environ["ZOOKEEPER_PORT_OFFSET"] = str(free_port())
    common.ManagedZooKeeper.run = run
