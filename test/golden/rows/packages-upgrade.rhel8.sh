#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["rpm"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = 'a01a2ee77907a177b3c7c34dd4b0330ed9f89bc04fc4959b876c7acc088631b6' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  left=$(cat '/opt/bakery/packages/packages-upgrade'-left) || fail 'missing: ''/opt/bakery/packages/packages-upgrade'-left
  [ -z "$left" ] || fail "the repositories still offered upgrades: $left"
  read -r have newest < '/opt/bakery/packages/packages-upgrade'-release || fail 'missing: ''/opt/bakery/packages/packages-upgrade'-release
  printf '%s: %s; newest in the repositories: %s\n' 'redhat-release' "$have" "$newest"
  [ "$have" = "$newest" ] || fail "the packages are of release $newest, the kernel of $have: set release: '$have' or mix: allow"
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' 'a01a2ee77907a177b3c7c34dd4b0330ed9f89bc04fc4959b876c7acc088631b6'
}
bake_judge
