#!/bin/bash
# bake: {"kind":"row","id":"mirrors-answer","family":["dnf"],"after":["preflight","mirrors"],"network":true}
bake_id='mirrors-answer'
. /opt/bakery/lib/row.sh || exit 1
# Uses a temporary cache. skip_if_unavailable, which ParallelCluster sets, would hide a failure.
check() {
  cache=$(mktemp -d /var/tmp/bakery.XXXXXX)
  trap 'rm -rf -- "$cache"' EXIT
  dnf -q --setopt=cachedir="$cache" --setopt='*.skip_if_unavailable=0' makecache
  printf 'every enabled repository returned its metadata\n'
}
bake_judge
