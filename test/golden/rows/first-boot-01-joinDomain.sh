#!/bin/bash
# bake: {"kind":"row","id":"first-boot-01-joinDomain","after":["first-boot-01-joinDomain"]}
bake_id='first-boot-01-joinDomain'
. /opt/bakery/lib/row.sh || exit 1
same() {
  found=$(sha256sum < "$1") || fail "$1 is not there"
  printf '%s sha256 %s\n' "$1" "${found%% *}"
  [ "${found%% *}" = "$2" ] || fail "$1 is not what was written"
}
check() {
  same '/opt/bakery/first-boot/steps/01-joinDomain' 399f8a19be298da7bb1641874a214b750676b142db9b9455f983863c8e6b48e4
  [ -x '/opt/bakery/first-boot/steps/01-joinDomain' ] || fail '/opt/bakery/first-boot/steps/01-joinDomain'' cannot be executed'
}
bake_judge
