#!/bin/bash
# bake: {"kind":"row","id":"first-boot-02-node.sh","after":["first-boot-02-node.sh"]}
bake_id='first-boot-02-node.sh'
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
  file '/opt/bakery/first-boot/steps/02-node.sh' '755' '25a60a0e348ea7c2a61faa8f0dcde12254e7da54485e2ae1ae170bebe80452fa'
}
bake_judge
