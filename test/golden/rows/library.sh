#!/bin/bash
# bake: {"kind":"row","id":"library","after":["library"]}
bake_id='library'
. /opt/bakery/lib/row.sh || exit 1
same() {
  found=$(sha256sum < "$1") || fail "$1 is not there"
  printf '%s sha256 %s\n' "$1" "${found%% *}"
  [ "${found%% *}" = "$2" ] || fail "$1 is not what was written"
}
check() {
  same /opt/bakery/lib/step.sh f00636363117b93bbd9614d59d4a4ec86371bf11de3d09dfa768056f3bda9f50
  same /opt/bakery/lib/row.sh e7ca70f01ac42951e7a399dd5fd74928d5587ad3a87acb3c05d35aff60a8645f
  same /opt/bakery/lib/trust.sh dbcb8fa8ca803bd3712f578f972991956b266dd7bd59a5bc593a203f3d927a62
}
bake_judge
