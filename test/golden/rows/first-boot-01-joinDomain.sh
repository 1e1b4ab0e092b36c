#!/bin/bash
# bake: {"kind":"row","id":"first-boot-01-joinDomain","after":["first-boot-01-joinDomain"]}
bake_id='first-boot-01-joinDomain'
. /opt/bakery/lib/row.sh || exit 1
same() {
  found=$(sha256sum < "$1") || fail "$1 is missing"
  printf '%s sha256 %s\n' "$1" "${found%% *}"
  [ "${found%% *}" = "$2" ] || fail "$1 differs from what bake wrote"
}
check() {
  same '/opt/bakery/first-boot/steps/01-joinDomain' 2cd1777d6432fe0fdc0d74bd2a64bf7b1b95c7d2bd39f5e7dcd0c2e180a9430a
  [ -x '/opt/bakery/first-boot/steps/01-joinDomain' ] || fail '/opt/bakery/first-boot/steps/01-joinDomain'' is not executable'
}
bake_judge
