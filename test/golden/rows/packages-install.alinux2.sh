#!/bin/bash
# bake: {"kind":"row","id":"packages-install","family":["rpm"],"after":["packages-install"]}
bake_id='packages-install'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-install' 2> /dev/null)" = '51ac2592be06cd9c1443658d5af3dd7f5ea5854961fe085f8c05ac563f4c3e16' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-install'
}
check() {
  ran_to_its_end
  # All names of a package: its own, with version, with architecture, and the names that it provides.
  have=$(rpm -qa --qf '%{NAME}\n%{NAME}-%{VERSION}\n%{NAME}-%{VERSION}-%{RELEASE}\n%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n%{NAME}.%{ARCH}\n[%{PROVIDENAME}\n]')
  wanted=$(cat '/opt/bakery/packages/packages-install'-names 2> /dev/null || true; printf '%s\n' '' 'site-tool')
  printf '%s\n' "$wanted" | awk '
    NR == FNR { have[$0] = 1; next }
    $0 == "" { next }
    # A group is not a package: the check knows only that the step ran to its end.
    /^@/ { print "group", $0; next }
    { print ($0 in have ? "ok     " : "MISSING") , $0; bad += !($0 in have) }
    END { exit bad > 0 }' <(printf '%s\n' "$have") - || fail 'not everything is installed'
}
bake_judge
