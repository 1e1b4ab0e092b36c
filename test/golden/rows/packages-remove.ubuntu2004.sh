#!/bin/bash
# bake: {"kind":"row","id":"packages-remove","family":["dpkg-query"],"after":["packages-remove"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='packages-remove'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# Every installed package: name, version with architecture.
package_list() {
  dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}.${Architecture}\n' |
    awk '$1 == "installed" { print $2, $3 }'
}
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-remove' 2> /dev/null)" = 'e37b88119d1b137ceb511053e939c4b88fe35d729b32982579418d41d1654839' ] || fail "the step did not run to its end, or another one did: "'/opt/bakery/packages/packages-remove'
}
check() {
  ran_to_its_end
  have=$(package_list) || fail 'the packages cannot be listed'
  printf '%s\n' 'site-games' | awk '
    NR == FNR { have[$1] = 1; next }
    { name = $0; sub(/[:=].*/, "", name); print (name in have ? "STILL THERE" : "gone       "), $0; bad += name in have }
    END { exit bad > 0 }' <(printf '%s\n' "$have") - || fail 'not everything is gone'
}

bake_outcome=failed
bake_output=$(
  set -e
  exec 2>&1 < /dev/null
  check
  printf '\nreached'
)
bake_status=$?
if [ "$bake_status" -eq 0 ] && [ "${bake_output##*$'\n'}" = reached ]; then
  bake_outcome=passed bake_output=${bake_output%$'\n'reached}
elif [ "$bake_status" -eq 0 ]; then
  bake_status=70
fi
# Evidence is no report, whatever it holds; the end of it is what matters where it is long.
bake_output=${bake_output//bake-report/bake_report}
printf '%s\n' "${bake_output:0:20000}"
if [ "${#bake_output}" -gt 2000 ]; then bake_output=${bake_output: -2000}; fi
trap - EXIT
bake_text=$(printf '%s' "$bake_output" | base64 | tr -d '\n')
printf 'bake-report row %s %s - %s\n' "$bake_id" "$bake_outcome" "${bake_text:--}"
[ "$bake_status" -eq 0 ] || exit 1
