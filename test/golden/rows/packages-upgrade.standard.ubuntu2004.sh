#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["dpkg-query"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '880ebd6234fdb4623ce35cdb2da354f96ac50684f32102b2506945e9a12edc43' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '880ebd6234fdb4623ce35cdb2da354f96ac50684f32102b2506945e9a12edc43'
}
bake_judge
