#!/bin/bash
# bake: {"kind":"row","id":"mirrors-answer","family":["yum"],"after":["preflight","mirrors"],"network":true}
bake_id='mirrors-answer'
. /opt/bakery/lib/row.sh || exit 1
# Uses a temporary cache. skip_if_unavailable, which ParallelCluster sets, would hide a failure.
check() {
  cache=$(mktemp -d /var/tmp/bakery.XXXXXX)
  trap 'rm -rf -- "$cache"' EXIT
  said=$(yum --setopt=cachedir="$cache" --setopt='*.skip_if_unavailable=0' makecache fast 2>&1) || fail "yum: $said"
  printf '%s\n' "$said"
  # If yum does not support the pattern in the option, it skips a failed repository and prints an error.
  if printf '%s\n' "$said" | grep -q -E 'Errno|^failure:|Trying other mirror|Could not|Cannot'; then fail 'a repository does not answer'; fi
  printf 'every enabled repository returned its metadata\n'
}
bake_judge
