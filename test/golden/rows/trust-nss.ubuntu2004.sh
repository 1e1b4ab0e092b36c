#!/bin/bash
# bake: {"kind":"row","id":"trust-nss","after":["trust-stores"]}
bake_id='trust-nss'
. /opt/bakery/lib/row.sh || exit 1
database=/etc/pki/nssdb
check() {
  if [ ! -e "$database/cert9.db" ] || ! command -v certutil > /dev/null; then
    printf 'absent: no system NSS database, or no certutil\n'
    return 0
  fi
  list=$(certutil -L -d "sql:$database")
  printf '%s\n' "$list"
  for file in '/usr/local/share/ca-certificates'/bakery-*; do
    name=${file##*/}
    [[ $list =~ (^|$'\n')"${name%.*}"\ +C ]] || fail "${name%.*} is not a CA in $database"
  done
}
bake_judge
