#!/usr/bin/env bash
# kazoo's own test-suite against Apache's standalone server and against ours, on this machine: two tables and their difference.
# Exit code 0 only if no test fares worse with ours. The suite comes with Debian's python3-kazoo; nothing of it is in this repository.
#
#   eng/conformance/kazoo.sh                 both servers, all tests
#   eng/conformance/kazoo.sh test_client     only tests whose name matches
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=$PWD/eng/conformance
results=${CONFORMANCE_RESULTS:-$(mktemp -d)}
jars=/usr/share/java
python=/usr/bin/python3
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 ZOOKEEPER_VERSION=3.8.0
mkdir -p "$results"
rm -f "$results"/apache*.xml "$results"/own*.xml

if [ -z "${CONFORMANCE_DLL:-}" ]; then
    dotnet build src/Server --configuration Release --verbosity quiet
    CONFORMANCE_DLL=$PWD/src/Server/bin/Release/net10.0/Coordination.Server.dll
fi

# One run over all tests; what failed is run once more, because many of them measure time.
run() {
    local name=$1
    shift
    local selection=()
    [ $# -eq 0 ] || selection=(-k "$*")
    (
        cd "$results"
        local cache=(-o "cache_dir=$results/cache-$name")
        "$python" -m pytest --pyargs kazoo.tests -p kazoo_server -q "${cache[@]}" --junitxml="$results/$name-1.xml" "${selection[@]}" \
            >"$results/$name-1.log" 2>&1 ||
            "$python" -m pytest --pyargs kazoo.tests -p kazoo_server -q "${cache[@]}" --last-failed --last-failed-no-failures none \
                --junitxml="$results/$name-2.xml" >"$results/$name-2.log" 2>&1 || true
    )
}

echo "kazoo $("$python" -c 'import kazoo.version; print(kazoo.version.__version__)'), logs in $results"
CONFORMANCE_COMMAND="/usr/bin/java -Xmx256m -XX:+UseSerialGC -cp $jars/zookeeper.jar:$jars/slf4j-simple.jar" \
    CONFORMANCE_MAIN=org.apache.zookeeper.server.quorum.QuorumPeerMain run apache "$@"
CONFORMANCE_COMMAND="dotnet $CONFORMANCE_DLL" run own "$@"
"$python" "$here/compare.py" "$results/apache" "$results/own"
