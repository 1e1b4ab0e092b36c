#!/bin/bash
# bake: {"kind":"row","id":"trust-no-private-key","programs":["grep"],"after":["trust-anchors"]}
bake_id='trust-no-private-key'
. /opt/bakery/lib/row.sh || exit 1
check() {
  [ -d '/etc/pki/ca-trust/source/anchors' ] || fail '/etc/pki/ca-trust/source/anchors' is missing
  if grep -rl -- '-----BEGIN .*PRIVATE KEY-----' '/etc/pki/ca-trust/source/anchors' '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'; then fail 'a private key'; fi
  printf 'no private key below %s, nor in %s\n' '/etc/pki/ca-trust/source/anchors' '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'
}
bake_judge
