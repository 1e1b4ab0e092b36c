#!/bin/bash
# bake: {"kind":"row","id":"packages-install","family":["dpkg-query"],"after":["packages-install"]}
bake_id='packages-install'
. /opt/bakery/lib/row.sh || exit 1
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-install' 2> /dev/null)" = 'cf8bc48d4e3e80761f5173cb61124cf7fbf7474ea5d1f420693b31bd73625c6a' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-install'
}
check() {
  ran_to_its_end
  # All names of a package: its own, with version, with architecture, and the names that it provides.
  have=$(dpkg-query -W -f='${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${Provides}\n' | awk -F '\t' '
    $1 == "installed" {
      print $2 "\n" $2 "=" $3 "\n" $2 ":" $4 "\n" $2 ":" $4 "=" $3
      gsub(/ *[(][^)]*[)]/, "", $5); gsub(/, */, "\n", $5); if ($5 != "") print $5
    }')
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
