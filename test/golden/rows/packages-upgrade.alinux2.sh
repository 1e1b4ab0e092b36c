#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["rpm"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '289abb6fb5250cb93234ec53114b39a0e4a103b00d4f728a7dd1b61fa795eb9a' ] || fail "the step did not run to its end, or another one did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '289abb6fb5250cb93234ec53114b39a0e4a103b00d4f728a7dd1b61fa795eb9a'
}
bake_judge
