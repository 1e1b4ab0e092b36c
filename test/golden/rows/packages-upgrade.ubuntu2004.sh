#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["dpkg-query"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '5dc508dbfc600f4d8a4453e4d701d84e1c25b437773a574689cab59ac392d591' ] || fail "the step did not run to its end, or another one did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '5dc508dbfc600f4d8a4453e4d701d84e1c25b437773a574689cab59ac392d591'
}
bake_judge
