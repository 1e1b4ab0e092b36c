#!/bin/bash
# bake: {"kind":"row","id":"first-boot-account","after":["first-boot"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='first-boot-account'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# What is newer than the mark of hygiene was made by a boot of the image.
left() {
  if [ ! -e "$1" ] || { [ -e /opt/bakery/hygiene ] && [ "$1" -nt /opt/bakery/hygiene ]; }; then return 0; fi
  fail "$1 would be the same on every node: $2"
}
check() {
  left /etc/krb5.keytab 'the key of one computer account'
  left /etc/sssd/conf.d/10-bakery.conf 'the name of one computer account'
  for state in $(compgen -G '/var/lib/bakery/first-boot/*' || true); do left "$state" 'what one instance has done'; done
  printf 'no keytab, no state of an instance\n'
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
