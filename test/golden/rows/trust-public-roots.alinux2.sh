#!/bin/bash
# bake: {"kind":"row","id":"trust-public-roots","programs":["grep"],"after":["trust-extract"]}
bake_id='trust-public-roots'
. /opt/bakery/lib/row.sh || exit 1
own='1'
check() {
  before=$(head -n 1 /opt/bakery/public-roots) || fail 'the number of public roots before the bake was not recorded'
  # A newer ca-certificates may drop single roots; a lost bundle loses all of them.
  least=$((before * 8 / 10 + own))
  found=$(grep -c -- '-----BEGIN ' '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem')
  printf '%s certificates in %s; %s before, so at least %s expected\n' "$found" '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' "$before" "$least"
  [ "$found" -ge "$least" ] || fail 'public roots were lost'
}
bake_judge
