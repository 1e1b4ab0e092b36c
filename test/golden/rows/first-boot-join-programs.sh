#!/bin/bash
# bake: {"kind":"row","id":"first-boot-join-programs","after":["first-boot-01-joinDomain"],"family":["adcli","sssd","aws"]}
bake_id='first-boot-join-programs'
. /opt/bakery/lib/row.sh || exit 1
check() {
  for program in adcli sssd aws awk curl flock sha256sum unshare; do
    command -v "$program" || fail "$program is not in this image: install it by the step packages"
  done
}
bake_judge
