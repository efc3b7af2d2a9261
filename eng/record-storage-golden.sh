#!/bin/bash
# Records the golden data directories of tests/Server.Tests/Storage/Golden from Apache ZooKeeper (Debian's zookeeper 3.8.0) and kazoo.
# Needs the peers of eng/install-peers.sh. The files differ from run to run (times, session ids); what is in them does not:
#   plain      a fresh server, every kind of transaction that an ordinary client causes, killed
#   restarted  the same server stopped, started and used again, twice: three snapshots, three logs
set -euo pipefail
cd "$(dirname "$0")/.."
golden=tests/Server.Tests/Storage/Golden
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

cat > "$work/zoo.cfg" <<CFG
dataDir=$work/data
clientPort=$port
clientPortAddress=127.0.0.1
tickTime=500
CFG

start() {
    /usr/bin/java -Xmx128m -Dzookeeper.preAllocSize=64 -Dzookeeper.extendedTypesEnabled=true -Dzookeeper.admin.enableServer=false \
        -Dzookeeper.4lw.commands.whitelist='*' -cp /usr/share/java/zookeeper.jar:/usr/share/java/slf4j-nop.jar \
        org.apache.zookeeper.server.ZooKeeperServerMain "$work/zoo.cfg" > "$work/out" 2>&1 &
    server=$!
}

end() { kill "-$1" "$server"; wait "$server" 2>/dev/null || true; server=; }

client() { /usr/bin/python3 eng/record-storage-golden.py "127.0.0.1:$port" "$1"; }

save() { rm -rf "${golden:?}/$1"; mkdir -p "$golden/$1"; cp -r "$work/data/version-2" "$golden/$1/"; }

start; client everything; end KILL; save plain
start; client more; end TERM
start; client more; end KILL; save restarted
find "$golden" -type f -printf '%8s %P\n'
