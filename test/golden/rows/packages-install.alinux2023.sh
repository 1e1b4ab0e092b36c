#!/bin/bash
# bake: {"kind":"row","id":"packages-install","family":["rpm"],"after":["packages-install"]}
bake_id='packages-install'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-install' 2> /dev/null)" = '83d32c046ee10bc68edb69fc88b6885382189982123c94e12e995adea819fa65' ] || fail "the step did not run to its end, or another one did: "'/opt/bakery/packages/packages-install'
}
check() {
  ran_to_its_end
  # Every name a package answers to: its own, with version, with architecture, and what it provides.
  have=$(rpm -qa --qf '%{NAME}\n%{NAME}-%{VERSION}\n%{NAME}-%{VERSION}-%{RELEASE}\n%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n%{NAME}.%{ARCH}\n[%{PROVIDENAME}\n]')
  wanted=$(cat '/opt/bakery/packages/packages-install'-names 2> /dev/null || true; printf '%s\n' '' 'site-tool')
  printf '%s\n' "$wanted" | awk '
    NR == FNR { have[$0] = 1; next }
    $0 == "" { next }
    # A group is no package: that the step ran to its end is all there is to know.
    /^@/ { print "group", $0; next }
    { print ($0 in have ? "ok     " : "MISSING") , $0; bad += !($0 in have) }
    END { exit bad > 0 }' <(printf '%s\n' "$have") - || fail 'not everything is installed'
}
bake_judge
