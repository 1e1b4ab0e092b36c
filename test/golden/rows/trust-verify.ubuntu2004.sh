#!/bin/bash
# bake: {"kind":"row","id":"trust-verify","programs":["openssl"],"after":["trust-extract"]}
bake_id='trust-verify'
. /opt/bakery/lib/row.sh || exit 1
# OpenSSL's own judgement: an intermediate may stand without its root, hence -partial_chain.
check() {
  openssl verify -partial_chain -CAfile '/etc/ssl/certs/ca-certificates.crt' '/usr/local/share/ca-certificates'/bakery-*
}
bake_judge
