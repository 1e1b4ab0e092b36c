#!/bin/bash
# bake: {"kind":"row","id":"preflight","after":["preflight"]}
bake_id='preflight'
. /opt/bakery/lib/row.sh || exit 1
# file PATH MODE SHA256
file() {
  [ -f "$1" ] || fail "$1 is missing"
  found=$(sha256sum < "$1")
  mode=$(stat -c %a -- "$1")
  printf '%s mode %s sha256 %s\n' "$1" "$mode" "${found%% *}"
  [ "${found%% *}" = "$3" ] || fail "$1 should have sha256 $3"
  [ "$mode" = "$2" ] || fail "$1 should have mode $2"
}
check() {
  file '/opt/bakery/preflight' '644' '809703f7096a07fefe8fb723ad1653a82cdbe84ead97c28dd017eb96652ee47e'
}
bake_judge
