"""Everything that a kazoo user does, against the server named on the command line. Each step prints its name when it has passed."""

import logging
import socket
import sys
import threading
import time

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import (BadVersionError, NoAuthError, NodeExistsError, NoNodeError, NotEmptyError, RolledBackError,
                              RuntimeInconsistency, NoChildrenForEphemeralsError)
from kazoo.recipe.election import Election
from kazoo.recipe.lock import Lock
from kazoo.security import make_digest_acl

logging.basicConfig(level=logging.CRITICAL)
address = sys.argv[1]


def connect(timeout=4.0):
    client = KazooClient(hosts=address, timeout=timeout)
    client.start(timeout=20)
    return client


def refused(error, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except error:
        return
    raise AssertionError(f"{call} was not refused with {error}")


def passed(step):
    print("passed", step, flush=True)


def tree(client):
    assert client.create("/k", b"root") == "/k"
    refused(NodeExistsError, client.create, "/k")
    refused(NoNodeError, client.create, "/absent/below")
    client.ensure_path("/k/a/b/c")
    data, stat = client.get("/k")
    assert data == b"root" and stat.version == 0 and stat.numChildren == 1 and stat.dataLength == 4
    assert client.set("/k", b"x", version=0).version == 1
    refused(BadVersionError, client.set, "/k", b"y", version=0)
    refused(NotEmptyError, client.delete, "/k")
    refused(BadVersionError, client.delete, "/k/a/b/c", version=3)
    client.delete("/k/a", recursive=True)
    assert client.exists("/k/a") is None
    assert client.get_children("/k") == []
    big = b"z" * 1000000
    client.create("/k/big", big)
    assert client.get("/k/big")[0] == big
    passed("tree")


def ephemerals_and_sequences(client):
    other = connect()
    other.create("/k/e", b"", ephemeral=True)
    stat = client.exists("/k/e")
    assert stat.ephemeralOwner == other.client_id[0]
    refused(NoChildrenForEphemeralsError, client.create, "/k/e/child")
    names = [client.create("/k/s-", b"", sequence=True) for _ in range(3)]
    assert names == sorted(names) and all(len(name) == len("/k/s-") + 10 for name in names)
    gone = threading.Event()
    client.exists("/k/e", watch=lambda event: gone.set())
    other.stop()
    other.close()
    assert gone.wait(10) and client.exists("/k/e") is None
    passed("ephemerals and sequences")


def watches(client):
    events = []
    arrived = threading.Semaphore(0)

    def note(event):
        events.append((event.type, event.path))
        arrived.release()

    client.exists("/k/w", watch=note)
    client.create("/k/w", b"")
    assert arrived.acquire(timeout=10)
    client.get("/k/w", watch=note)
    client.set("/k/w", b"1")
    assert arrived.acquire(timeout=10)
    client.get_children("/k/w", watch=note)
    client.create("/k/w/child", b"")
    assert arrived.acquire(timeout=10)
    client.get_children("/k/w/child", watch=note)
    client.delete("/k/w/child")
    assert arrived.acquire(timeout=10)
    assert events == [("CREATED", "/k/w"), ("CHANGED", "/k/w"), ("CHILD", "/k/w"), ("DELETED", "/k/w/child")], events
    passed("watches")


def transactions(client):
    transaction = client.transaction()
    transaction.create("/k/t", b"1")
    transaction.set_data("/k/t", b"2")
    transaction.check("/k/t", version=1)
    transaction.delete("/k/t")
    results = transaction.commit()
    assert results[0] == "/k/t" and results[1].version == 1 and results[2] is True and results[3] is True, results
    transaction = client.transaction()
    transaction.create("/k/t", b"1")
    transaction.check("/k/t", version=7)
    transaction.delete("/k/t")
    results = transaction.commit()
    assert [type(result) for result in results] == [RolledBackError, BadVersionError, RuntimeInconsistency], results
    assert client.exists("/k/t") is None
    passed("transactions")


def access(client):
    owner = connect()
    owner.add_auth("digest", "user:password")
    owner.create("/k/private", b"secret", acl=[make_digest_acl("user", "password", all=True)])
    refused(NoAuthError, client.get, "/k/private")
    refused(NoAuthError, client.set_acls, "/k/private", [make_digest_acl("x", "y", all=True)])
    assert owner.get("/k/private")[0] == b"secret"
    acl, stat = owner.get_acls("/k/private")
    assert acl[0].id.scheme == "digest" and acl[0].id.id.startswith("user:") and stat.aversion == 0
    assert owner.set_acls("/k/private", [make_digest_acl("user", "password", read=True, admin=True)]).aversion == 1
    refused(NoAuthError, owner.set, "/k/private", b"")
    owner.stop()
    owner.close()
    passed("access")


def session_loss():
    states = []
    lost = threading.Event()
    client = KazooClient(hosts=address, timeout=2.0)

    def listen(state):
        states.append(state)
        if state == KazooState.LOST:
            lost.set()

    client.add_listener(listen)
    client.start(timeout=20)
    client.create("/k/mine", b"", ephemeral=True)
    session, password = client.client_id

    # Whoever presents id and password takes the session over; ending it there ends it for its first owner.
    thief = KazooClient(hosts=address, timeout=2.0, client_id=(session, password))
    thief.start(timeout=20)
    assert thief.client_id[0] == session
    thief.stop()
    thief.close()
    assert lost.wait(20), states
    deadline = time.monotonic() + 20
    while not client.connected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert client.retry(client.exists, "/k/mine") is None
    assert client.client_id[0] != session
    client.stop()
    client.close()
    passed("session loss")


def expiry(client):
    """A session whose client falls silent goes with its ephemerals, after its timeout and not before."""
    import struct
    with socket.create_connection(tuple(address.split(":"))) as silent:
        silent.sendall(struct.pack(">iiqiqi", 44, 0, 0, 2000, 0, 16) + b"\0" * 16)
        answer = b""
        while len(answer) < 40:
            answer += silent.recv(100)
        path = b"/k/silent"
        acl = struct.pack(">ii", 1, 31) + struct.pack(">i", 5) + b"world" + struct.pack(">i", 6) + b"anyone"
        body = struct.pack(">iii", 1, 1, len(path)) + path + struct.pack(">i", 0) + acl + struct.pack(">i", 1)
        silent.sendall(struct.pack(">i", len(body)) + body)
        silent.recv(100)
        started = time.monotonic()
        gone = threading.Event()
        assert client.exists("/k/silent", watch=lambda event: gone.set()) is not None
        assert gone.wait(20)
        assert time.monotonic() - started > 1.0
    passed("expiry")


def recipes(client):
    other = connect()
    first, second = Lock(client, "/k/lock", "first"), Lock(other, "/k/lock", "second")
    assert first.acquire(timeout=10)
    assert second.contenders() == ["first"]
    assert not second.acquire(blocking=False)
    taken = threading.Event()
    threading.Thread(target=lambda: (second.acquire(timeout=20), taken.set()), daemon=True).start()
    assert not taken.wait(0.3)
    first.release()
    assert taken.wait(10)
    second.release()

    order = []
    done = threading.Event()
    one, two = Election(client, "/k/election", "one"), Election(other, "/k/election", "two")
    leading = threading.Event()
    thread = threading.Thread(target=lambda: one.run(lambda: (order.append("one"), leading.set(), done.wait(20))), daemon=True)
    thread.start()
    assert leading.wait(10)
    follower = threading.Thread(target=lambda: two.run(lambda: order.append("two")), daemon=True)
    follower.start()
    done.set()
    follower.join(20)
    thread.join(20)
    assert order == ["one", "two"], order
    other.stop()
    other.close()
    passed("recipes")


main = connect()
tree(main)
ephemerals_and_sequences(main)
watches(main)
transactions(main)
access(main)
session_loss()
expiry(main)
recipes(main)
main.sync("/k")
main.stop()
main.close()
print("done")
