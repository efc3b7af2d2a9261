"""Fills a server with everything a data directory can hold below a path, and leaves without closing its session."""

import os
import sys

from kazoo.client import KazooClient
from kazoo.security import make_acl, make_digest_acl

address, root = sys.argv[1:]
client = KazooClient(hosts=address, timeout=60.0)
client.start(timeout=20)
client.add_auth("digest", "user:password")
client.create(root, b"root")
client.create(f"{root}/empty", b"")
client.create(f"{root}/binary", bytes(range(256)) * 40)
client.create(f"{root}/b\u00fccher", "\u20ac".encode("utf-8"))
client.create(f"{root}/private", b"secret", acl=[make_digest_acl("user", "password", all=True)])
client.create(f"{root}/rules", b"", acl=[make_acl("ip", "127.0.0.1", all=True), make_acl("world", "anyone", read=True)])
client.set_acls(f"{root}/rules", [make_acl("world", "anyone", all=True)])
client.create(f"{root}/ephemeral", b"e", ephemeral=True)
for number in range(60):
    client.create(f"{root}/s-", str(number).encode("ascii"), sequence=True)
for number in range(0, 60, 7):
    client.delete(f"{root}/s-{[name for name in sorted(client.get_children(root)) if name.startswith('s-')][0][2:]}")
for number in range(10):
    client.set(f"{root}/empty", b"v" * number)
transaction = client.transaction()
transaction.create(f"{root}/multi", b"1")
transaction.create(f"{root}/multi/below", b"2")
transaction.set_data(f"{root}/multi", b"3")
transaction.check(f"{root}/empty", version=10)
transaction.commit()
transaction = client.transaction()
transaction.create(f"{root}/never", b"")
transaction.check(f"{root}/empty", version=1)
transaction.commit()
other = KazooClient(hosts=address, timeout=60.0)
other.start(timeout=20)
other.create(f"{root}/gone", b"", ephemeral=True)
other.stop()
other.close()
sys.stdout.flush()
os._exit(0)
