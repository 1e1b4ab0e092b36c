#!/bin/bash
# bake: {"kind":"row","id":"mirrors-keys","after":["mirrors-keys"]}
bake_id='mirrors-keys'
. /opt/bakery/lib/row.sh || exit 1
# file PATH MODE SHA256
file() {
  [ -f "$1" ] || fail "$1 is not there"
  found=$(sha256sum < "$1")
  mode=$(stat -c %a -- "$1")
  printf '%s mode %s sha256 %s\n' "$1" "$mode" "${found%% *}"
  [ "${found%% *}" = "$3" ] || fail "$1 should have sha256 $3"
  [ "$mode" = "$2" ] || fail "$1 should have mode $2"
}
check() {
  file '/etc/pki/rpm-gpg/bakery-fsxlustreclientrepo' '644' '5ca24005b740717ba4f3f6bc48a230700e68c2a4b11ecedb96f169f4efaf1f21'
}
bake_judge
