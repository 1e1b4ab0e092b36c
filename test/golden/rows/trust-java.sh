#!/bin/bash
# bake: {"kind":"row","id":"trust-java","network":true,"after":["trust-stores"]}
bake_id='trust-java'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
searched='/opt /usr/local /usr/java /usr/lib/jvm /usr/lib/python* /usr/lib64/python* /root'
. /opt/bakery/lib/trust.sh
# Output of javac --release 8 -g:none Handshake.java (templates/verify/Handshake.java).
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
bake_judge
