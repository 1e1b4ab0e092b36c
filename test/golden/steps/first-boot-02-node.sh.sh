#!/bin/bash
# bake: {"kind":"step","id":"first-boot-02-node.sh"}
bake_id='first-boot-02-node.sh'
. /opt/bakery/lib/step.sh || exit 1
base64 -d <<'BAKE_DATA' | bake_write '/opt/bakery/first-boot/steps/02-node.sh' '755'
ZWNobyBub2RlCg==
BAKE_DATA
found=$(sha256sum < '/opt/bakery/first-boot/steps/02-node.sh')
if [ "${found%% *}" != '25a60a0e348ea7c2a61faa8f0dcde12254e7da54485e2ae1ae170bebe80452fa' ]; then
  printf 'sha256 of %s is %s, expected %s\n' '/opt/bakery/first-boot/steps/02-node.sh' "${found%% *}" '25a60a0e348ea7c2a61faa8f0dcde12254e7da54485e2ae1ae170bebe80452fa' >&2
  exit 1
fi
printf 'written: %s sha256 %s\n' '/opt/bakery/first-boot/steps/02-node.sh' "${found%% *}"

bake_reached=yes
