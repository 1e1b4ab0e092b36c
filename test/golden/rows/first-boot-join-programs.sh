#!/bin/bash
# bake: {"kind":"row","id":"first-boot-join-programs","after":["first-boot-join-programs"],"family":["adcli","sssd","aws"]}
bake_id='first-boot-join-programs'
. /opt/bakery/lib/row.sh || exit 1
# Prints the programs that joinDomain needs and this image lacks.
lacking_to_join() {
  local program
  for program in adcli sssd aws awk curl flock sha256sum unshare; do
    command -v "$program" > /dev/null || printf ' %s' "$program"
  done
}
check() {
  local lacking
  lacking=$(lacking_to_join)
  [ -s /opt/bakery/first-boot/programs ] || fail 'the bake did not check for them: /opt/bakery/first-boot/programs is missing'
  if [ -n "$lacking" ]; then fail "not in this image:$lacking; install it with the packages step"; fi
}
bake_judge
