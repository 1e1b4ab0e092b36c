#!/bin/bash
# bake: {"kind":"row","id":"trust-cas","after":["trust-cas"]}
bake_id='trust-cas'
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
  file '/opt/bakery/lib/cas/1' '644' '4ea5b87ff8aa9586fae9eacea3d2f1f3a39fee1ae1524fab8f90ddfb3524543c'
}
bake_judge
