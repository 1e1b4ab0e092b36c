#!/bin/bash
# bake: {"kind":"row","id":"trust-store-aws","programs":["find"],"after":["trust-stores"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='trust-store-aws'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# Prints the files below the searched folders that fit one of PATTERN…, each ended by NUL. What a bake keeps of the
# originals is no store.
stores() {
  local root pattern roots=() wanted=() searched='/opt /usr/local /usr/java /usr/lib/jvm /usr/lib/python* /usr/lib64/python* /root'
  for root in $searched; do
    if [ -d "$root" ]; then roots+=("$root"); fi
  done
  for pattern; do wanted+=(-o -path "$pattern"); done
  find "${roots[@]}" -xdev -path /opt/bakery -prune -o '(' -type f -o -type l ')' '(' "${wanted[@]:1}" ')' -print0
}

check() {
  found=0 bad=0
  while IFS= read -r -d '' store; do
    found=$((found + 1))
    if [ "$store" -ef '/etc/ssl/certs/ca-certificates.crt' ]; then
      printf 'follows the OS: %s\n' "$store"
    else
      printf 'FAILED: a store of its own: %s\n' "$store"
      bad=1
    fi
  done < <(stores '*/botocore/cacert.pem')
  [ "$found" -gt 0 ] || printf 'absent: no such store in this image\n'
  return "$bad"
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
