#!/bin/bash
# bake: {"kind":"row","id":"trust-cfn","after":["trust-stores"]}
bake_id='trust-cfn'
. /opt/bakery/lib/row.sh || exit 1
check() {
  # shellcheck disable=SC2041 # the list may have one path
  for path in '/etc/cfn/ca-override.pem'; do
    [ "$path" -ef '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' ] || fail "$path does not point to "'/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'
    printf 'follows the OS: %s\n' "$path"
  done
}
bake_judge
