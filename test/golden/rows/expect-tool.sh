#!/bin/bash
# bake: {"kind":"row","id":"expect-tool"}
bake_id='expect-tool'
. /opt/bakery/lib/row.sh || exit 1
command=$(
  base64 -d <<'BAKE_DATA'
L29wdC9zaXRlL3Rvb2wgfCBncmVwIC1xIDEuMA==
BAKE_DATA
)
check() {
  printf '$ %s\n' "$command"
  HOME="${HOME:-/root}" bash -c "$command"
}
bake_judge
