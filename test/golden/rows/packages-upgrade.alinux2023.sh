#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["rpm"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '3653f9e7104c572206af7ce9f8e7922fa2d928cde6f9246214af2b4863362620' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  fail 'no release is named, so the repositories are those of the installed one: set release: latest or a named one'
  left=$(cat '/opt/bakery/packages/packages-upgrade'-left) || fail 'missing: ''/opt/bakery/packages/packages-upgrade'-left
  [ -z "$left" ] || fail "the repositories still offered upgrades: $left"
  read -r have newest < '/opt/bakery/packages/packages-upgrade'-release || fail 'missing: ''/opt/bakery/packages/packages-upgrade'-release
  printf '%s: %s; newest in the repositories: %s\n' 'system-release' "$have" "$newest"
  [ "$have" = "$newest" ] || fail "the packages are of release $newest, the kernel of $have: set release: '$have' or mix: allow"
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '3653f9e7104c572206af7ce9f8e7922fa2d928cde6f9246214af2b4863362620'
}
bake_judge
