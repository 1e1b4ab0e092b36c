#!/bin/bash
# bake: {"kind":"row","id":"asset-notes","after":["asset-notes"]}
bake_id='asset-notes'
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
  file '/opt/site/notes.txt' '644' 'bff4a7f0f2ef53c4f9eb967427c3046b215c3895ed4f4428b28f91b137a1adae'
}
bake_judge
