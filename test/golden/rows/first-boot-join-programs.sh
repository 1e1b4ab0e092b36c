#!/bin/bash
# bake: {"kind":"row","id":"first-boot-join-programs","after":["first-boot-join-programs"],"family":["adcli","sssd","aws"]}
bake_id='first-boot-join-programs'
. /opt/bakery/lib/row.sh || exit 1
# Those that joinDomain calls and this image has not.
lacking_to_join() {
  local program
  for program in adcli sssd aws awk curl flock sha256sum unshare; do
    command -v "$program" > /dev/null || printf ' %s' "$program"
  done
}
check() {
  local lacking
  lacking=$(lacking_to_join)
  [ -s /opt/bakery/first-boot/programs ] || fail 'the bake did not look for them: there is no /opt/bakery/first-boot/programs'
  if [ -n "$lacking" ]; then fail "not in this image:$lacking; install it by the step packages"; fi
}
bake_judge
