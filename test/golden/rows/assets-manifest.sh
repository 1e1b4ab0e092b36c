#!/bin/bash
# bake: {"kind":"row","id":"assets-manifest","after":["assets-manifest"]}
bake_id='assets-manifest'
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
  file '/opt/bakery/assets.json' '644' '467b3c55a3e0e36bcfd6e938213b20c1a42fac6beb60bc1755200edb01ff2b89'
}
bake_judge
