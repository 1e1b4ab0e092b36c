#!/bin/bash
# bake: {"kind":"row","id":"library","after":["library"]}
bake_id='library'
. /opt/bakery/lib/row.sh || exit 1
same() {
  found=$(sha256sum < "$1") || fail "$1 is missing"
  printf '%s sha256 %s\n' "$1" "${found%% *}"
  [ "${found%% *}" = "$2" ] || fail "$1 differs from what bake wrote"
}
check() {
  same /opt/bakery/lib/step.sh 238a4261fb558b25051c245801797817054f936e1e3506aaf1f1d8077dcd1cf9
  same /opt/bakery/lib/row.sh 3a6a8852b9773da71b56de1e7efc98952f1a0bacb45f2bac49e220afa9b6f624
  same /opt/bakery/lib/trust.sh 5dc0449de01174159db1f45b6f5090cfc47980596ee66d6630617a9ff9910cec
}
bake_judge
