#!/bin/bash
# bake: {"kind":"row","id":"free-space"}
bake_id='free-space'
. /opt/bakery/lib/row.sh || exit 1
check() {
  {
    read -r _
    read -r _ size _ free percent _
  } < <(df -Pm /)
  printf '/: %s MiB, %s MiB free, %s used\n' "$size" "$free" "$percent"
  [ "$free" -ge '1024' ] || fail '1024' MiB must be free
  [ "${percent%\%}" -le '95' ] || fail more than '95' % are used
}
bake_judge
