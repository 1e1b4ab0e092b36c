#!/bin/bash
# bake: {"kind":"row","id":"mirrors-periodic","family":["apt-config"],"after":["mirrors-policy"]}
bake_id='mirrors-periodic'
. /opt/bakery/lib/row.sh || exit 1
check() {
  found=$(apt-config dump APT::Periodic)
  printf '%s\n' "$found"
  for name in Enable Update-Package-Lists Unattended-Upgrade; do
    case "$found" in
      *"APT::Periodic::$name \"0\";"*) ;;
      *) fail "APT::Periodic::$name is not \"0\"" ;;
    esac
  done
}
bake_judge
