#!/bin/bash
# bake: {"kind":"row","id":"hygiene-caches","after":["hygiene"]}
bake_id='hygiene-caches'
. /opt/bakery/lib/row.sh || exit 1
patterns=(
  '/var/cache/@(yum|dnf)/*'
  '/var/cache/apt/*.bin'
  '/var/cache/apt/archives/*.deb'
  '/var/cache/apt/archives/partial/*'
  '/var/lib/apt/lists/*'
)
names=(
  '.cache/pip'
  '.cache/uv'
  '.cache/conda'
  '.cache/yarn'
  '.npm/_cacache'
  '.npm/_logs'
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
