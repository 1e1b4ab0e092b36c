#!/bin/bash
# bake: {"kind":"row","id":"hygiene-root-password","after":["hygiene"]}
bake_id='hygiene-root-password'
. /opt/bakery/lib/row.sh || exit 1
check() {
  root=
  open=
  while IFS=: read -r name password _; do
    if [ "$name" = root ]; then root=${password:-empty}; fi
    if [ -z "$password" ]; then open="$open $name"; fi
  done < /etc/shadow
  # Do not print the hash: evidence goes into logs.
  case $root in
    '!'* | '*'*) printf 'the password of root: locked\n' ;;
    *) fail 'root has a password, or an empty one' ;;
  esac
  [ -z "$open" ] || fail "accounts with an empty password:$open"
  printf 'accounts with an empty password: none\n'
}
bake_judge
