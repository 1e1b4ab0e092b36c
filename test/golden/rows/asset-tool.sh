#!/bin/bash
# bake: {"kind":"row","id":"asset-tool","after":["asset-tool"]}
bake_id='asset-tool'
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
  file '/opt/site/tool' '755' 'f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810'
}
bake_judge
