#!/bin/bash
# bake: {"kind":"row","id":"mirrors-answer","family":["apt-get"],"after":["preflight","mirrors"],"network":true}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='mirrors-answer'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# With lists of its own, that go away again. apt ends with 0 where a source fails; the option that mends that is ignored
# by older versions (20.04's may be one), so what it prints decides as well.
check() {
  lists=$(mktemp -d /var/tmp/bakery.XXXXXX)
  trap 'rm -rf -- "$lists"' EXIT
  mkdir -- "$lists/partial"
  said=$(apt-get update -o APT::Update::Error-Mode=any -o APT::Sandbox::User=root -o Dir::State::Lists="$lists" \
    -o Dir::Cache="$lists" -o APT::Get::List-Cleanup=0 2>&1) || fail "apt-get update: $said"
  printf '%s\n' "$said"
  if printf '%s\n' "$said" | grep -q -E '^(W|E|Err)'; then fail 'a source does not answer'; fi
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
