#!/usr/bin/env bash
# The whole proof at full counts: what .ci/run does, with every randomised proof at its full length (500 kill rounds and so on).
# Takes hours; run it before a piece of work is called done and quote its output.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export COORDINATION_PROOF=full
export COORDINATION_TEST_LIMIT=${COORDINATION_TEST_LIMIT:-6h}

git log -1 --format='commit %H%n%s'
git status --short
dotnet --info | sed -n '/^Host:/,/^$/p'
nproc

# The proofs append their figures here, a line each.
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
export COORDINATION_PROOF_REPORT=$figures

code=0
.ci/run || code=$?

# The tests of another client's authors, against Apache's server and this one; .ci/run has installed Debian's packages of both.
echo "=== kazoo"
eng/conformance/kazoo.sh || code=$?

echo "=== figures"
cat "$figures"

# On a machine that does nothing else: throughput and latency are of no meaning otherwise.
echo "=== bars"
dotnet run -c Release --project bench -- bars --runs 5 || code=$?
exit "$code"
