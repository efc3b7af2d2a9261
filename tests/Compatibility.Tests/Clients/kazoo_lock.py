"""A kazoo lock that speaks Curator's names, so that it excludes Curator and us: usage kazoo_lock.py <servers> <path>."""
import sys

from kazoo.client import KazooClient
from kazoo.recipe.lock import Lock


class CuratorLock(Lock):
    _NODE_NAME = "lock-"
    _EXCLUDE_NAMES = ["lock-"]


def tell(line):
    print("> " + line, flush=True)


client = KazooClient(hosts=sys.argv[1])
client.start()
lock = CuratorLock(client, sys.argv[2], "kazoo")
at_once = lock.acquire(blocking=False)
tell("at-once " + str(at_once).lower())
if not at_once:
    lock.acquire()
    tell("acquired")
sys.stdin.readline()
lock.release()
tell("released")
client.stop()
