#!/bin/bash
# bake: {"kind":"row","id":"hygiene-keys","after":["hygiene"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='hygiene-keys'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# The hygiene step ran. What is newer than its mark was made by a boot of the image, not left over from the bake.
cleaned() {
  [ -f /opt/bakery/hygiene ] || fail 'the hygiene step did not run to its end'
}
not_left() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then return 0; fi
  [ "$1" -nt /opt/bakery/hygiene ] || fail "left over from the bake: $1"
  printf 'made since: %s\n' "$1"
}

look() {
  found=$(compgen -G "$1" || true)
  if [ -z "$found" ]; then printf 'absent: %s\n' "$1"; fi
  while IFS= read -r path; do
    if [ -n "$path" ]; then not_left "$path"; fi
  done <<< "$found"
}
check() {
  cleaned
  homes=$({ printf '/root\n'; cut -d: -f6 /etc/passwd; compgen -G '/home/*' || true; } | sort -u)
  while IFS= read -r home; do
    if [ "$home" = / ] || [ ! -d "$home" ]; then continue; fi
    not_left "$home"/'.ssh/authorized_keys'
    not_left "$home"/'.ssh/authorized_keys2'
  done <<< "$homes"
  printf 'absent in every home: %s\n' '.ssh/authorized_keys'
  printf 'absent in every home: %s\n' '.ssh/authorized_keys2'
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
