#!/bin/bash
# bake: {"kind":"row","id":"script-site.sh","after":["script-site.sh"]}
bake_id='script-site.sh'
. /opt/bakery/lib/row.sh || exit 1
check() {
  marker='/opt/bakery/scripts/script-site.sh'
  [ -f "$marker" ] || fail "the script did not run to its end: $marker is missing"
  printf '%s: %s\n' "$marker" "$(cat -- "$marker")"
  [ "$(cat -- "$marker")" = '66a86655eb7fd15df0172603fe8c18ba65d71ac26009a4d2764a461396d5a368' ] || fail 'the script that ran is not the script of the recipe'
}
bake_judge
