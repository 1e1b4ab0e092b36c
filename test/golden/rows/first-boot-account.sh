#!/bin/bash
# bake: {"kind":"row","id":"first-boot-account","after":["first-boot"]}
bake_id='first-boot-account'
. /opt/bakery/lib/row.sh || exit 1
# Fails if file $1 exists and is older than the hygiene mark: a newer file comes from a boot of the image.
left() {
  if [ ! -e "$1" ] || { [ -e /opt/bakery/hygiene ] && [ "$1" -nt /opt/bakery/hygiene ]; }; then return 0; fi
  fail "$1 would be the same on every node: $2"
}
check() {
  left /etc/krb5.keytab 'the key of one computer account'
  left /etc/sssd/conf.d/10-bakery.conf 'the name of one computer account'
  for state in $(compgen -G '/var/lib/bakery/first-boot/*' || true); do left "$state" 'what one instance has done'; done
  printf 'no keytab, no state of an instance\n'
}
bake_judge
