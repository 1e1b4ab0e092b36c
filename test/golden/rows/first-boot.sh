#!/bin/bash
# bake: {"kind":"row","id":"first-boot","after":["first-boot"]}
bake_id='first-boot'
. /opt/bakery/lib/row.sh || exit 1
same() {
  found=$(sha256sum < "$1") || fail "$1 is missing"
  printf '%s sha256 %s\n' "$1" "${found%% *}"
  [ "${found%% *}" = "$2" ] || fail "$1 differs from what bake wrote"
}
folder=/opt/bakery/first-boot
unit=/etc/systemd/system/bakery-first-boot.service
wants=/etc/systemd/system/multi-user.target.wants/bakery-first-boot.service
check() {
  same "$folder/run" 25379d442bf29ec84b9a0d430672b429015cc5932b6573d3e9243861c6083d68
  same "$unit" 27ee0927b8b35115df8ee92867a96efd94211d8e9e342e73bd4b4778b2e1f7fe
  [ -x "$folder/run" ] || fail "$folder/run is not executable"
  [ "$(readlink -f "$wants")" = "$unit" ] || fail "the unit is not enabled: $wants"
  found=$(cd "$folder/steps" && printf '%s ' *)
  printf 'steps: %s\n' "$found"
  [ "$found" = '01-joinDomain'' ''02-node.sh'' ' ] || fail 'these are not the steps of the recipe'
  if command -v systemd-analyze > /dev/null; then
    said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F bakery-first-boot || true)
    [ -z "$said" ] || fail "systemd: $said"
    printf 'systemd-analyze reports nothing about %s\n' "$unit"
  fi
}
bake_judge
