"""Prints every znode that can be read: path, data, all of its stat and its access list."""

import sys

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1], timeout=10.0)
client.start(timeout=20)
client.add_auth("digest", "user:password")


def dump(path):
    data, stat = client.get(path)
    acl, _ = client.get_acls(path)
    rules = sorted((rule.perms, rule.id.scheme, rule.id.id) for rule in acl)
    print(path, None if data is None else data.hex(), *stat, rules)
    for child in sorted(client.get_children(path)):
        dump(path.rstrip("/") + "/" + child)


dump("/")
client.stop()
client.close()
