#!/bin/bash
# bake: {"kind":"row","id":"mirrors-answer","family":["yum"],"after":["preflight","mirrors"],"network":true}
bake_id='mirrors-answer'
. /opt/bakery/lib/row.sh || exit 1
# With caches of its own, that go away again; skip_if_unavailable, which ParallelCluster sets, would hide a failure.
check() {
  cache=$(mktemp -d /var/tmp/bakery.XXXXXX)
  trap 'rm -rf -- "$cache"' EXIT
  said=$(yum --setopt=cachedir="$cache" --setopt='*.skip_if_unavailable=0' makecache fast 2>&1) || fail "yum: $said"
  printf '%s\n' "$said"
  # Where yum knows no pattern in an option, it goes on without a repository, and says so.
  if printf '%s\n' "$said" | grep -q -E 'Errno|^failure:|Trying other mirror|Could not|Cannot'; then fail 'a repository does not answer'; fi
  printf 'every repository that is on gave its metadata\n'
}
bake_judge
