#!/bin/bash
# bake: {"kind":"row","id":"trust-anchors","programs":["awk"],"after":["trust-anchors"]}
bake_id='trust-anchors'
. /opt/bakery/lib/row.sh || exit 1
check() {
  cd '/usr/local/share/ca-certificates' || fail '/usr/local/share/ca-certificates' is missing
  base64 -d <<'BAKE_DATA' | sha256sum -c || fail 'an anchor differs from the CA in the configuration'
ZjU4NWUwNTE5ZTc3M2QyOTdlMGI5YzU1NjczNGYyODAxZjIwM2UxNjdiNGM1YmEyOWRmOTVjMTBiYmJkN2ZmMyAgYmFrZXJ5LWNvcnAtZXhhbXBsZS1yb290LWNhLTg1MjVjOTlmZjdlMy5jcnQK
BAKE_DATA
  stat -c '%a %n' -- bakery-* | awk '{ print } $1 != 644 { bad = 1 } END { exit bad }' ||
    fail 'an anchor does not have mode 644'
  found=$(printf '%s\n' bakery-* | wc -l)
  [ "$found" -eq '1' ] || fail "$found anchors of bake, expected "'1'
}
bake_judge
