#!/bin/bash
# bake: {"kind":"row","id":"packages-upgrade","family":["rpm"],"after":["packages-upgrade"]}
bake_id='packages-upgrade'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-upgrade' 2> /dev/null)" = '0db6a715191582e1139887a6830177dfa822b04cee7b3dfe61c97c780ebf58f7' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-upgrade'
}
check() {
  ran_to_its_end
  printf '%s: %s\n' '/opt/bakery/packages/packages-upgrade' '0db6a715191582e1139887a6830177dfa822b04cee7b3dfe61c97c780ebf58f7'
}
bake_judge
