#!/usr/bin/env bash
# Packs the four packages and looks inside each: readme, licence, assembly, XML documentation, symbols.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

for project in Protocol Client Recipes Server; do
    dotnet pack "src/$project" --configuration Release --output "$output" --verbosity quiet
done

failures=0
complain() {
    echo "package: $1" >&2
    failures=$((failures + 1))
}

for project in Protocol Client Recipes Server; do
    id="Coordination.$project"
    package=$(find "$output" -name "$id.[0-9]*.nupkg")
    symbols=$(find "$output" -name "$id.[0-9]*.snupkg")
    [ -f "$package" ] || { complain "$id was not packed"; continue; }
    [ -f "$symbols" ] || { complain "$id has no symbol package"; continue; }

    /usr/bin/python3 - "$id" "$package" "$symbols" <<'PYTHON' || complain "$id is incomplete"
import sys, zipfile
name, package, symbols = sys.argv[1:]
files = zipfile.ZipFile(package).namelist()
spec = zipfile.ZipFile(package).read(f"{name}.nuspec").decode("utf-8")
problems = [f"{file} is missing" for file in ("README.md", f"lib/net10.0/{name}.dll", f"lib/net10.0/{name}.xml") if file not in files]
problems += [f"the manifest lacks {text}" for text in (
    f"<id>{name}</id>", '<license type="expression">Apache-2.0</license>', "<readme>README.md</readme>", "<description>") if text not in spec]
if f"lib/net10.0/{name}.pdb" not in zipfile.ZipFile(symbols).namelist():
    problems.append("the symbols are missing")
for problem in problems:
    print(f"{name}: {problem}", file=sys.stderr)
sys.exit(1 if problems else 0)
PYTHON
    echo "package: $(basename "$package") is complete"
done

[ "$failures" -eq 0 ]
