#!/bin/bash
# bake: {"kind":"row","id":"trust-verify","programs":["openssl"],"after":["trust-extract"]}
bake_id='trust-verify'
. /opt/bakery/lib/row.sh || exit 1
# -partial_chain: an intermediate CA may be an anchor without its root.
check() {
  openssl verify -partial_chain -CAfile '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' '/etc/pki/ca-trust/source/anchors'/bakery-*
}
bake_judge
