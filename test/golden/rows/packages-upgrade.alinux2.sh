#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["rpm"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '243487f29b9bddbb20143463acb0e914535bfb9c8807efc4ea5b564c4c70bcdb' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '243487f29b9bddbb20143463acb0e914535bfb9c8807efc4ea5b564c4c70bcdb'
}
bake_judge
