#!/bin/bash
# bake: {"kind":"row","id":"trust-sudoers","programs":["awk"],"after":["trust-settings"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='trust-sudoers'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# settings PATH MODE SHA256
settings() {
  [ -f "$1" ] || fail "$1 is not there"
  ours=$(awk '/^# BEGIN bakery$/ { marked = on = 1; text = ""; next } /^# END bakery$/ { on = 0 }
    on || !marked { text = text $0 "\n" } END { printf "%s", text }' "$1" && echo .)
  ours=${ours%.}
  digest=$(printf '%s' "$ours" | sha256sum)
  mode=$(stat -c %a -- "$1")
  printf '%s mode %s\n%s' "$1" "$mode" "$ours"
  [ "${digest%% *}" = "$3" ] || fail "$1 does not say what it should"
  [ "$mode" = "$2" ] || fail "$1 should have mode $2"
}
check() {
  settings '/etc/sudoers.d/bakery-trust' '440' 'e4c0e44a9393d22575f6a96de9164bb4d508adce42f17662a2fbef1db20a0f63'
  if command -v visudo > /dev/null; then visudo -cf '/etc/sudoers.d/bakery-trust' || fail 'sudo cannot read it'; fi
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
