#!/bin/bash
# bake: {"kind":"step","id":"asset-notes"}
bake_id='asset-notes'
. /opt/bakery/lib/step.sh || exit 1
bake_staged='/opt/bakery/staging/bff4a7f0f2ef53c4f9eb967427c3046b215c3895ed4f4428b28f91b137a1adae'
if [ ! -f "$bake_staged" ]; then
  printf '%s was not staged\n' "$bake_staged" >&2
  exit 1
fi
found=$(sha256sum < "$bake_staged")
if [ "${found%% *}" != 'bff4a7f0f2ef53c4f9eb967427c3046b215c3895ed4f4428b28f91b137a1adae' ]; then
  printf 'sha256 of the file staged for %s is %s, expected %s\n' '/opt/site/notes.txt' "${found%% *}" 'bff4a7f0f2ef53c4f9eb967427c3046b215c3895ed4f4428b28f91b137a1adae' >&2
  exit 1
fi
bake_write '/opt/site/notes.txt' '644' < "$bake_staged"
rm -f -- "$bake_staged"
owner=''
if [ "$owner" != '' ]; then chown -- "$owner" '/opt/site/notes.txt'; fi
place() {
  mkdir -p -- "$(dirname -- "$1")"
  ln -sfnT -- '/opt/site/notes.txt' "$1"
  printf 'linked: %s\n' "$1"
}
printf 'written: %s sha256 %s\n' '/opt/site/notes.txt' "${found%% *}"

bake_reached=yes
