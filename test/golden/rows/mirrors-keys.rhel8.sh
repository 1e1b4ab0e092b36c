#!/bin/bash
# bake: {"kind":"row","id":"mirrors-keys","after":["mirrors-keys"]}
bake_id='mirrors-keys'
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
  file '/etc/pki/rpm-gpg/bakery-aws-fsx' '644' 'd92580db60e635de60cf8fe9a22c5647b6fcbadf2d73c8da0359bc71dceef799'
}
bake_judge
