#!/usr/bin/env bash
# Installs the foreign programs that the tests compare against: Apache ZooKeeper 3.8 (server, shell, C client), kazoo, Curator,
# a JDK, strace and Chromium. Debian 12. Safe to run twice; when all are present it does nothing.
set -euo pipefail

packages=(
    zookeeper libzookeeper-java zookeeper-bin libzookeeper-mt-dev
    python3-kazoo python3-pytest python3-mock python3-objgraph
    libcurator-client-java libcurator-framework-java libcurator-recipes-java libcurator-discovery-java
    libjackson2-core-java libjackson2-databind-java libjackson2-annotations-java libguava-java libslf4j-java
    openjdk-17-jdk-headless
    strace
    chromium
)

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
    echo "peers: all present"
    exit 0
fi

sudo=()
if [ "$(id -u)" -ne 0 ]; then
    sudo=(sudo -n)
fi

echo "peers: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}"
