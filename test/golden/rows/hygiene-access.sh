#!/bin/bash
# bake: {"kind":"row","id":"hygiene-access","after":["hygiene"]}
bake_id='hygiene-access'
. /opt/bakery/lib/row.sh || exit 1
patterns=(
  '/etc/ssh/ssh_host_*'
  '/root/.aws'
)
names=(
  '.ssh/authorized_keys'
  '.ssh/authorized_keys2'
  '.aws/credentials'
  '.aws/sso'
  '.aws/cli/cache'
  '.aws/login'
)
check() {
  mark=/opt/bakery/hygiene
  [ -f "$mark" ] || fail 'the hygiene step did not run to its end'
  bake_leftovers
  left=
  # Files newer than the mark come from a boot of the image, not from the bake.
  for path in ${leftovers[@]+"${leftovers[@]}"}; do
    if [ "$path" -nt "$mark" ]; then printf 'made since: %s\n' "$path"; else
      left=yes
      printf 'left over from the bake: %s\n' "$path"
    fi
  done
  [ -z "$left" ] || fail 'something was left over from the bake'
  printf 'nothing left of: %s\n' ${patterns[@]+"${patterns[@]}"} ${names[@]+"${names[@]/#/\~/}"}
}
bake_judge
