#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["rpm"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '3d2f659f6722985f7c488d60e5e92f566f444f7f6b8f178bab903662e5d27e35' ] || fail "the step did not run to its end, or another one did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '3d2f659f6722985f7c488d60e5e92f566f444f7f6b8f178bab903662e5d27e35'
}
bake_judge
