#!/bin/bash
# bake: {"kind":"step","id":"asset-tool"}
bake_id='asset-tool'
. /opt/bakery/lib/step.sh || exit 1
base64 -d <<'BAKE_DATA' | bake_write '/opt/site/tool' '755'
IyEvYmluL3NoCmVjaG8gdG9vbCAxLjAK
BAKE_DATA
found=$(sha256sum < '/opt/site/tool')
if [ "${found%% *}" != 'f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810' ]; then
  printf 'sha256 of %s is %s, expected %s\n' '/opt/site/tool' "${found%% *}" 'f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810' >&2
  exit 1
fi
printf 'written: %s sha256 %s\n' '/opt/site/tool' "${found%% *}"

bake_reached=yes
