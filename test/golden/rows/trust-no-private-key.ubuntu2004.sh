#!/bin/bash
# bake: {"kind":"row","id":"trust-no-private-key","programs":["grep"],"after":["trust-anchors"]}
bake_id='trust-no-private-key'
. /opt/bakery/lib/row.sh || exit 1
check() {
  [ -d '/usr/local/share/ca-certificates' ] || fail '/usr/local/share/ca-certificates' is missing
  if grep -rl -- '-----BEGIN .*PRIVATE KEY-----' '/usr/local/share/ca-certificates' '/etc/ssl/certs/ca-certificates.crt'; then fail 'a private key'; fi
  printf 'no private key below %s, nor in %s\n' '/usr/local/share/ca-certificates' '/etc/ssl/certs/ca-certificates.crt'
}
bake_judge
