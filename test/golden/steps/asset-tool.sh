#!/bin/bash
# bake: {"kind":"step","id":"asset-tool"}
bake_id='asset-tool'
. /opt/bakery/lib/step.sh || exit 1
bake_staged='/opt/bakery/staging/f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810'
if [ ! -f "$bake_staged" ]; then
  printf '%s was not staged\n' "$bake_staged" >&2
  exit 1
fi
found=$(sha256sum < "$bake_staged")
if [ "${found%% *}" != 'f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810' ]; then
  printf 'sha256 of the file staged for %s is %s, expected %s\n' '/opt/site/tool' "${found%% *}" 'f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810' >&2
  exit 1
fi
bake_write '/opt/site/tool' '755' < "$bake_staged"
rm -f -- "$bake_staged"
owner=''
if [ "$owner" != '' ]; then chown -- "$owner" '/opt/site/tool'; fi
place() {
  mkdir -p -- "$(dirname -- "$1")"
  ln -sfnT -- '/opt/site/tool' "$1"
  printf 'linked: %s\n' "$1"
}
printf 'written: %s sha256 %s\n' '/opt/site/tool' "${found%% *}"

bake_reached=yes
