#!/bin/bash
# bake: {"kind":"row","id":"first-boot","after":["first-boot"]}
bake_id='first-boot'
. /opt/bakery/lib/row.sh || exit 1
same() {
  found=$(sha256sum < "$1") || fail "$1 is not there"
  printf '%s sha256 %s\n' "$1" "${found%% *}"
  [ "${found%% *}" = "$2" ] || fail "$1 is not what was written"
}
folder=/opt/bakery/first-boot
unit=/etc/systemd/system/bakery-first-boot.service
wants=/etc/systemd/system/multi-user.target.wants/bakery-first-boot.service
check() {
  same "$folder/run" f05d4efea41742650d0ed8c6f1e3f48387c1c09ff1d93d4efb2fc1e6230029c1
  same "$unit" 9877561c93123a16ebdcbc1b611bdef8814e0f9dcede3872387bb1ab38661e6a
  [ -x "$folder/run" ] || fail "$folder/run cannot be executed"
  [ "$(readlink -f "$wants")" = "$unit" ] || fail "the unit is not enabled: $wants"
  found=$(cd "$folder/steps" && printf '%s ' *)
  printf 'steps: %s\n' "$found"
  [ "$found" = '01-joinDomain'' ''02-node.sh'' ' ] || fail 'those are not the steps of the recipe'
  if command -v systemd-analyze > /dev/null; then
    said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F bakery-first-boot || true)
    [ -z "$said" ] || fail "systemd: $said"
    printf 'systemd has nothing to say about %s\n' "$unit"
  fi
}
bake_judge
