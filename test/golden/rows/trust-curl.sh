#!/bin/bash
# bake: {"kind":"row","id":"trust-curl","network":true,"after":["trust-extract"]}
bake_id='trust-curl'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
# Any HTTP status is enough: it proves that TLS works.
try() { clean "$1" -q -sS -o /dev/null -w 'HTTP %{http_code}\n' "$url"; }
check() { each curl; }
bake_judge
