#!/bin/bash
# bake: {"kind":"step","id":"first-boot-join-programs","family":["adcli","sssd","aws"]}
bake_id='first-boot-join-programs'
. /opt/bakery/lib/step.sh || exit 1
# Prints the programs that joinDomain needs and this image lacks.
lacking_to_join() {
  local program
  for program in adcli sssd aws awk curl flock sha256sum unshare; do
    command -v "$program" > /dev/null || printf ' %s' "$program"
  done
}
lacking=$(lacking_to_join)
if [ -n "$lacking" ]; then
  printf 'joinDomain needs programs that this image lacks:%s\n' "$lacking" >&2
  printf 'add them to the recipe, at any position: packages: { install: [adcli, sssd] }; aws is the AWS CLI\n' >&2
  exit 1
fi
command -v adcli sssd aws | bake_write /opt/bakery/first-boot/programs 644

bake_reached=yes
