#!/bin/bash
# bake: {"kind":"step","id":"first-boot-join-programs","family":["adcli","sssd","aws"]}
bake_id='first-boot-join-programs'
. /opt/bakery/lib/step.sh || exit 1
# Those that joinDomain calls and this image has not.
lacking_to_join() {
  local program
  for program in adcli sssd aws awk curl flock sha256sum unshare; do
    command -v "$program" > /dev/null || printf ' %s' "$program"
  done
}
lacking=$(lacking_to_join)
if [ -n "$lacking" ]; then
  printf 'joinDomain needs what is not in this image:%s\n' "$lacking" >&2
  printf 'add it to the recipe: packages: { install: [adcli, sssd] }, in the order of its steps anywhere; aws is the AWS CLI\n' >&2
  exit 1
fi
command -v adcli sssd aws | bake_write /opt/bakery/first-boot/programs 644

bake_reached=yes
