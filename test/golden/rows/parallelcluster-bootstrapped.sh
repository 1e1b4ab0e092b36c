#!/bin/bash
# bake: {"kind":"row","id":"parallelcluster-bootstrapped"}
bake_id='parallelcluster-bootstrapped'
. /opt/bakery/lib/row.sh || exit 1
check() {
  file=/opt/parallelcluster/.bootstrapped
  [ -f "$file" ] || fail "$file is missing: ParallelCluster would refuse to boot this image"
  printf '%s: %s\n' "$file" "$(cat -- "$file")"
  [ "$(tr -d '[:space:]' < "$file")" = 'aws-parallelcluster-cookbook-3.15.1' ] || fail expected 'aws-parallelcluster-cookbook-3.15.1'
}
bake_judge
