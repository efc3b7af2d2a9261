"""A session of the kazoo client that uses every operation kazoo has."""

import logging
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoNodeError
from kazoo.security import make_digest_acl

logging.basicConfig(level=logging.ERROR)
address, members = sys.argv[1:]
client = KazooClient(hosts=address, timeout=4.0)
client.start()

fired = threading.Event()
client.create("/kazoo", b"root")
client.exists("/kazoo/absent", watch=lambda event: fired.set())
client.create("/kazoo/absent", b"")
assert fired.wait(10)

data_changed, children_changed = threading.Event(), threading.Event()
client.create("/kazoo/b\u00fccher", b"\x00\x01\xff", ephemeral=True)
client.create("/kazoo/s-", b"x" * 300, sequence=True)
client.create("/kazoo/s-", b"x", sequence=True, ephemeral=True)
print(client.create("/kazoo/with-stat", b"y", include_data=True))
client.get("/kazoo", watch=lambda event: data_changed.set())
client.get_children("/kazoo", watch=lambda event: children_changed.set())
client.get_children("/kazoo", include_data=True)
client.set("/kazoo", b"changed")
client.delete("/kazoo/absent", version=0)
assert data_changed.wait(10) and children_changed.wait(10)

try:
    client.get("/nowhere")
    raise AssertionError("a znode is there that should not be")
except NoNodeError:
    pass

client.add_auth("digest", "user:password")
client.get_acls("/kazoo")
client.create("/kazoo/private", b"", acl=[make_digest_acl("user", "password", all=True)])
client.set_acls("/kazoo/private", [make_digest_acl("user", "password", read=True, admin=True)])
client.get_acls("/kazoo/private")
client.sync("/kazoo")

transaction = client.transaction()
transaction.check("/kazoo", version=1)
transaction.create("/kazoo/multi", b"1")
transaction.set_data("/kazoo/multi", b"2")
transaction.delete("/kazoo/multi")
print(transaction.commit())
transaction = client.transaction()
transaction.create("/kazoo/other")
transaction.check("/kazoo", version=77)
transaction.delete("/kazoo/other")
print(transaction.commit())

client.get_children("/kazoo", watch=lambda event: None)
client.exists("/cut-here")
client.retry(client.exists, "/kazoo")
time.sleep(3)

for arguments in ({"joining": None, "leaving": None, "new_members": members}, {"joining": "nonsense", "leaving": None, "new_members": None}):
    try:
        print(client.reconfig(**arguments))
    except KazooException as error:
        print(f"reconfig: {error!r}")
client.add_auth("digest", "super:golden")
print(client.reconfig(joining=None, leaving=None, new_members=members))

client.stop()
client.close()
