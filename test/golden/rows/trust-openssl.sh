#!/bin/bash
# bake: {"kind":"row","id":"trust-openssl","network":true,"after":["trust-extract"]}
bake_id='trust-openssl'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
try() {
  clean "$1" s_client -connect 'mirror.corp.example:443' -servername 'mirror.corp.example' -verify_hostname 'mirror.corp.example' -verify_return_error 2>&1 < /dev/null |
    awk '/^(Verif|subject=|issuer=|depth=|error)|verify (error|return)|Verify return code/ { print } /Verify return code: 0/ { good = 1 } END { exit !good }'
}
check() { each openssl; }
bake_judge
