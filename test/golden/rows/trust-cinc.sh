#!/bin/bash
# bake: {"kind":"row","id":"trust-cinc","network":true,"after":["trust-stores"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='trust-cinc'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

url='https://mirror.corp.example'
# A program with nothing in its environment: it trusts what is in its own store.
clean() { env -i PATH="$PATH" HOME=/nonexistent LC_ALL=C timeout -k 5 60 "$@"; }
# each PROGRAM…: calls `try` with each of them that is there, and fails where one does not accept the server.
each() {
  local program found=0 bad=0
  for program; do
    if [[ $program != /* ]]; then program=$(command -v "$program") || continue; fi
    if [ ! -x "$program" ]; then continue; fi
    found=$((found + 1))
    if try "$program" 2>&1; then
      printf 'accepts %s: %s\n' "$url" "$program"
    else
      printf 'FAILED: does not accept %s: %s\n' "$url" "$program"
      bad=1
    fi
  done
  if [ "$found" -eq 0 ]; then printf 'absent, so no handshake: %s\n' "$*"; fi
  return "$bad"
}
shopt -s nullglob

try() {
  case "$1" in
    *ruby) clean "$1" -rnet/http -e 'puts "HTTP " + Net::HTTP.get_response(URI(ARGV[0])).code' "$url" ;;
    *) clean "$1" s_client -connect 'mirror.corp.example:443' -servername 'mirror.corp.example' -verify_return_error 2>&1 < /dev/null |
      awk '/erif(y|ication)/ { print } /Verify return code: 0/ { good = 1 } END { exit !good }' ;;
  esac
}
check() { each /opt/{cinc,chef}/embedded/bin/{ruby,openssl}; }

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
