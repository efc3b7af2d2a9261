#!/bin/bash
# Records the golden data directories of tests/Server.Tests/Storage/Golden from Apache ZooKeeper (Debian's zookeeper 3.8.0) and kazoo.
# Needs the peers of eng/install-peers.sh. The files differ from run to run (times, session ids); what is in them does not:
#   plain      a fresh server, every kind of transaction that an ordinary client causes, killed
#   restarted  the same server stopped, started and used again, twice: three snapshots, three logs
#   empty      a fresh server that nobody asked for anything
#   special    containers, times to live, quotas and access lists, with a snapshot in between
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

special() {
    printf '%s\n' 'create -c /container' 'create /container/child data' 'create -t 100000000 /ttl expires' 'create -s -t 100000000 /ttl-' \
        'create /limited' 'setquota -n 100 /limited' 'setquota -b 10000 /limited' 'create /limited/one 1' 'create /limited/two 22' \
        'setAcl /limited/one world:anyone:r,ip:127.0.0.1:cdrwa' 'create -e /ephemeral' 'delete /limited/two' quit |
        /usr/share/zookeeper/bin/zkCli.sh -server "127.0.0.1:$port" > "$work/cli" 2>&1
}

wait_for() { until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done; }

fresh() { rm -rf "$work/data"; }

start; wait_for; end KILL; save empty; fresh
start; wait_for; special; end TERM; start; wait_for; client more; end KILL; save special; fresh
start; client everything; end KILL; save plain
start; client more; end TERM
start; client more; end KILL; save restarted
find "$golden" -type f -printf '%8s %P\n'
