#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["dpkg-query"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = 'b7f7e1a7758309c3958cb3c885056bdfd779703c10592d4edcd123fa58b323c5' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' 'b7f7e1a7758309c3958cb3c885056bdfd779703c10592d4edcd123fa58b323c5'
}
bake_judge
