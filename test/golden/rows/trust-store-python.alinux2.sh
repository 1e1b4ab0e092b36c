#!/bin/bash
# bake: {"kind":"row","id":"trust-store-python","programs":["find"],"after":["trust-stores"]}
bake_id='trust-store-python'
. /opt/bakery/lib/row.sh || exit 1
searched='/opt /usr/local /usr/java /usr/lib/jvm /usr/lib/python* /usr/lib64/python* /root'
. /opt/bakery/lib/trust.sh
check() {
  found=0 bad=0
  while IFS= read -r -d '' store; do
    found=$((found + 1))
    if [ "$store" -ef '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' ]; then
      printf 'follows the OS: %s\n' "$store"
    else
      printf 'FAILED: a separate store: %s\n' "$store"
      bad=1
    fi
  done < <(stores '*/certifi/cacert.pem' '*/requests/cacert.pem')
  [ "$found" -gt 0 ] || printf 'absent: no such store in this image\n'
  return "$bad"
}
bake_judge
