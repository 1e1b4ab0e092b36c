#!/bin/bash
# bake: {"kind":"row","id":"trust-wget","network":true,"after":["trust-extract"]}
bake_id='trust-wget'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
# Exit status 8: the server returned an error status, so TLS works.
try() {
  clean "$1" --check-certificate -nv -t 1 -T 30 --max-redirect=0 -O /dev/null "$url" || [ "$?" -eq 8 ]
}
check() { each wget; }
bake_judge
