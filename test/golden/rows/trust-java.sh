#!/bin/bash
# bake: {"kind":"row","id":"trust-java","network":true,"after":["trust-stores"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='trust-java'
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

# javac --release 8 -g:none Handshake.java, which lies beside this file.
handshake_class=yv66vgAAADQANAoAAgADBwAEDAAFAAYBABBqYXZhL2xhbmcvT2JqZWN0AQAGPGluaXQ+AQADKClWBwAIAQAMamF2YS9uZXQvVVJMCgAHAAoMAAUACwEAFShMamF2YS9sYW5nL1N0cmluZzspVgoABwANDAAOAA8BAA5vcGVuQ29ubmVjdGlvbgEAGigpTGphdmEvbmV0L1VSTENvbm5lY3Rpb247BwARAQAaamF2YS9uZXQvSHR0cFVSTENvbm5lY3Rpb24KABAAEwwAFAAVAQAac2V0SW5zdGFuY2VGb2xsb3dSZWRpcmVjdHMBAAQoWilWCgAQABcMABgAGQEAEXNldENvbm5lY3RUaW1lb3V0AQAEKEkpVgoAEAAbDAAcABkBAA5zZXRSZWFkVGltZW91dAkAHgAfBwAgDAAhACIBABBqYXZhL2xhbmcvU3lzdGVtAQADb3V0AQAVTGphdmEvaW8vUHJpbnRTdHJlYW07CgAQACQMACUAJgEAD2dldFJlc3BvbnNlQ29kZQEAAygpSQoAKAApBwAqDAArABkBABNqYXZhL2lvL1ByaW50U3RyZWFtAQAHcHJpbnRsbgcALQEACUhhbmRzaGFrZQEABENvZGUBAARtYWluAQAWKFtMamF2YS9sYW5nL1N0cmluZzspVgEACkV4Y2VwdGlvbnMHADMBABNqYXZhL2xhbmcvRXhjZXB0aW9uADEALAACAAAAAAACAAEABQAGAAEALgAAABEAAQABAAAABSq3AAGxAAAAAAAJAC8AMAACAC4AAAA7AAQAAgAAAC+7AAdZKgMytwAJtgAMwAAQTCsDtgASKxFOILYAFisRTiC2ABqyAB0rtgAjtgAnsQAAAAAAMQAAAAQAAQAyAAA=
try() { clean "$1" -cp "$classes" Handshake "$url"; }
check() {
  classes=$(mktemp -d)
  trap 'rm -rf -- "$classes"' EXIT
  base64 -d <<< "$handshake_class" > "$classes/Handshake.class"
  programs=(java)
  while IFS= read -r -d '' store; do programs+=("${store%/lib/security/cacerts}/bin/java"); done < <(stores '*/lib/security/cacerts')
  each "${programs[@]}"
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
