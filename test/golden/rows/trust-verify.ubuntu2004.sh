#!/bin/bash
# bake: {"kind":"row","id":"trust-verify","programs":["openssl"],"after":["trust-extract"]}
bake_id='trust-verify'
. /opt/bakery/lib/row.sh || exit 1
# -partial_chain: an intermediate CA may be an anchor without its root.
check() {
  openssl verify -partial_chain -CAfile '/etc/ssl/certs/ca-certificates.crt' '/usr/local/share/ca-certificates'/bakery-*
}
bake_judge
