#!/bin/bash
# bake: {"kind":"row","id":"hygiene-machine-id","after":["hygiene"]}
bake_id='hygiene-machine-id'
. /opt/bakery/lib/row.sh || exit 1
check() {
  mark=/opt/bakery/hygiene
  [ -f "$mark" ] || fail 'the hygiene step did not run to its end'
  [ -e /etc/machine-id ] || fail '/etc/machine-id is missing: a boot problem where /etc is read-only'
  id=$(< /etc/machine-id)
  printf '/etc/machine-id: "%s"\n' "$id"
  case $id in
    '' | uninitialized) ;;
    *) [ /etc/machine-id -nt "$mark" ] || fail 'every instance would have this machine-id' ;;
  esac
}
bake_judge
