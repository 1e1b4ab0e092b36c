#!/bin/bash
# bake: {"kind":"step","id":"script-site.sh"}
bake_id='script-site.sh'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

base64 -d <<'BAKE_DATA' > "$bake_work/script"
ZWNobyAic2l0ZTogJDAiID4mMgpta2RpciAtcCAvb3B0L3NpdGUKdG91Y2ggL29wdC9zaXRlL3Jhbgo=
BAKE_DATA
# The script runs as a separate process, so that its `exit`, options and traps do not affect this step.
HOME="${HOME:-/root}" bash "$bake_work/script" < /dev/null
# The verify list reads this marker: exactly this script ran to its end.
printf '%s\n' '66a86655eb7fd15df0172603fe8c18ba65d71ac26009a4d2764a461396d5a368' | bake_write '/opt/bakery/scripts/script-site.sh' 644

bake_reached=yes
