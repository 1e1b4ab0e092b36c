#!/bin/bash
# bake: {"kind":"row","id":"trust-bundle","programs":["awk","grep"],"after":["trust-extract"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='trust-bundle'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

bundle='/etc/ssl/certs/ca-certificates.crt'
# The fingerprint of every certificate of the bundle: sha256 of its DER.
fingerprints() {
  awk '
    /-----BEGIN (TRUSTED )?CERTIFICATE-----/ { body = ""; on = 1; next }
    /-----END / { if (on) print body; on = 0; next }
    on { gsub(/[ \t\r]/, ""); body = body $0 }' "$bundle" |
    while IFS= read -r body; do printf '%s' "$body" | base64 -d | sha256sum; done
}
check() {
  [ -s "$bundle" ] || fail "$bundle is not there"
  found=$(fingerprints)
  printf '%s certificates in %s\n' "$(grep -c . <<< "$found")" "$bundle"
  grep -q '8525c99ff7e3a6feea43b51d9bd552d1d7543e6535be565555a939172d5f83cf' <<< "$found" || fail 'CN=Corp Example Root CA, O=Corp Example' is not in "$bundle"
  printf 'in the bundle: %s %s\n' '8525c99ff7e3a6feea43b51d9bd552d1d7543e6535be565555a939172d5f83cf' 'CN=Corp Example Root CA, O=Corp Example'
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
