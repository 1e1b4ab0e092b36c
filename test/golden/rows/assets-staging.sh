#!/bin/bash
# bake: {"kind":"row","id":"assets-staging","after":["assets-manifest"]}
bake_id='assets-staging'
. /opt/bakery/lib/row.sh || exit 1
check() {
  if [ -e '/opt/bakery/staging' ] || [ -L '/opt/bakery/staging' ]; then fail '/opt/bakery/staging' still exists; fi
  printf '%s is gone\n' '/opt/bakery/staging'
}
bake_judge
