#!/bin/bash
# bake: {"kind":"row","id":"trust-cinc","network":true,"after":["trust-stores"]}
bake_id='trust-cinc'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
try() {
  case "$1" in
    *ruby) clean "$1" -rnet/http -e 'puts "HTTP " + Net::HTTP.get_response(URI(ARGV[0])).code' "$url" ;;
    *) clean "$1" s_client -connect 'mirror.corp.example:443' -servername 'mirror.corp.example' -verify_return_error 2>&1 < /dev/null |
      awk '/erif(y|ication)/ { print } /Verify return code: 0/ { good = 1 } END { exit !good }' ;;
  esac
}
check() { each /opt/{cinc,chef}/embedded/bin/{ruby,openssl}; }
bake_judge
