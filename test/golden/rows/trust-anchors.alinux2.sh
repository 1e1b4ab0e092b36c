#!/bin/bash
# bake: {"kind":"row","id":"trust-anchors","programs":["awk"],"after":["trust-anchors"]}
bake_id='trust-anchors'
. /opt/bakery/lib/row.sh || exit 1
check() {
  cd '/etc/pki/ca-trust/source/anchors' || fail '/etc/pki/ca-trust/source/anchors' is not there
  base64 -d <<'BAKE_DATA' | sha256sum -c || fail 'an anchor is not what was given'
ZjU4NWUwNTE5ZTc3M2QyOTdlMGI5YzU1NjczNGYyODAxZjIwM2UxNjdiNGM1YmEyOWRmOTVjMTBiYmJkN2ZmMyAgYmFrZXJ5LWNvcnAtZXhhbXBsZS1yb290LWNhLTg1MjVjOTlmZjdlMy5wZW0K
BAKE_DATA
  stat -c '%a %n' -- bakery-* | awk '{ print } $1 != 644 { bad = 1 } END { exit bad }' ||
    fail 'an anchor has not mode 644'
  found=$(printf '%s\n' bakery-* | wc -l)
  [ "$found" -eq '1' ] || fail "$found files of ours, expected "'1'
}
bake_judge
