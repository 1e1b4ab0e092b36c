#!/bin/bash
# bake: {"kind":"row","id":"packages-remove","family":["rpm"],"after":["packages-remove"]}
bake_id='packages-remove'
. /opt/bakery/lib/row.sh || exit 1
# Lists installed packages: name, then version with architecture.
package_list() {
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-remove' 2> /dev/null)" = '2f65e5c27e7c4f2c0fae08d3325f71faa3463ce7296bc8a6efa1174a623ad67a' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-remove'
}
check() {
  ran_to_its_end
  have=$(package_list) || fail 'the packages cannot be listed'
  printf '%s\n' 'site-games' | awk '
    NR == FNR { have[$1] = 1; next }
    { name = $0; sub(/[:=].*/, "", name); print (name in have ? "STILL THERE" : "gone       "), $0; bad += name in have }
    END { exit bad > 0 }' <(printf '%s\n' "$have") - || fail 'not everything is gone'
}
bake_judge
