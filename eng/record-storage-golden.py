"""The client side of record-storage-golden.sh: one workload per word. Arguments: address, workload."""

import sys

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, NodeExistsError, RolledBackError
from kazoo.security import make_digest_acl


def everything(client):
    client.create("/a", b"hello")
    client.create("/a/b", b"", include_data=True)
    client.create("/a/s-", b"one", sequence=True)
    client.create("/a/s-", b"two", sequence=True)
    client.create("/a/e", b"mine", ephemeral=True)
    client.set("/a", b"world" * 300)
    client.set("/a/b", bytes(3000))
    client.set_acls("/a/b", [make_digest_acl("user", "secret", all=True)])
    client.delete("/a/s-0000000002")
    for refused in (lambda: client.create("/a"), lambda: client.set("/a", b"", version=77)):
        try:
            refused()
        except (NodeExistsError, BadVersionError):
            pass
        else:
            raise AssertionError("the server should have refused")
    succeeds = client.transaction()
    succeeds.check("/a", 1)
    succeeds.create("/m", b"multi")
    succeeds.set_data("/m", b"multi again")
    succeeds.delete("/a/s-0000000001")
    print(succeeds.commit())
    fails = client.transaction()
    fails.create("/n", b"never")
    fails.delete("/missing")
    assert any(isinstance(result, (RolledBackError, Exception)) for result in fails.commit())


def more(client):
    for number in range(20):
        client.create("/more-", b"x" * (number * 50), sequence=True)


client = KazooClient(hosts=sys.argv[1], timeout=5, connection_retry={"max_tries": 100, "delay": 0.1})
client.start(timeout=30)
{"everything": everything, "more": more}[sys.argv[2]](client)
client.stop()
client.close()
