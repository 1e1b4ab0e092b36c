#!/bin/bash
# bake: {"kind":"row","id":"inventory","after":["inventory"],"family":["rpm"]}
bake_id='inventory'
. /opt/bakery/lib/row.sh || exit 1
check() {
  list=/opt/bakery/inventory
  [ -s "$list" ] || fail "$list is missing"
  count=$(grep -c -e '^rpm' "$list") || fail 'it lists no packages'
  printf '%s: %s packages\n' "$list" "$count"
}
bake_judge
