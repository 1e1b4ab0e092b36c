#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["dpkg-query"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '8bf5cab716819ea5e8743d4336e0de9f260334a97093a8ecf91772410a446584' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '8bf5cab716819ea5e8743d4336e0de9f260334a97093a8ecf91772410a446584'
}
bake_judge
