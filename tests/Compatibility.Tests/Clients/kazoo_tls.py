"""A session through TLS: argv is host:port, certificate, key, authority, and whether the server demands a certificate."""
import sys

from kazoo.client import KazooClient
from kazoo.security import ACL, Id

address, certificate, key, authority = sys.argv[1:5]
client = KazooClient(hosts=address, use_ssl=True, certfile=certificate, keyfile=key, ca=authority, verify_certs=True)
client.start(timeout=30)
mine = [ACL(31, Id("x509", sys.argv[5]))]
client.create("/tls", b"through", acl=mine)
assert client.get("/tls")[0] == b"through"
assert client.get_acls("/tls")[0][0].id.id == sys.argv[5]
for i in range(20):
    client.create("/tls/child-", b"x" * 50000, sequence=True)
assert len(client.get_children("/tls")) == 20
assert b"through" == client.get_async("/tls").get(timeout=30)[0]
client.stop()
client.close()
print("done")
