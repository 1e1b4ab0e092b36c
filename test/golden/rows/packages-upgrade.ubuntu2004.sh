#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["dpkg-query"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '7a6cf1d32bb5cf2a016a9d7df494a0fed7273ba48be2a203088b7f1536ca28b5' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '7a6cf1d32bb5cf2a016a9d7df494a0fed7273ba48be2a203088b7f1536ca28b5'
}
bake_judge
