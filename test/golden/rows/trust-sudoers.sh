#!/bin/bash
# bake: {"kind":"row","id":"trust-sudoers","programs":["awk"],"after":["trust-settings"]}
bake_id='trust-sudoers'
. /opt/bakery/lib/row.sh || exit 1
# settings PATH MODE SHA256: fails unless our lines in the file have this digest
settings() {
  [ -f "$1" ] || fail "$1 is missing"
  ours=$(awk '/^# BEGIN bakery$/ { marked = on = 1; text = ""; next } /^# END bakery$/ { on = 0 }
    on || !marked { text = text $0 "\n" } END { printf "%s", text }' "$1" && echo .)
  ours=${ours%.}
  digest=$(printf '%s' "$ours" | sha256sum)
  mode=$(stat -c %a -- "$1")
  printf '%s mode %s\n%s' "$1" "$mode" "$ours"
  [ "${digest%% *}" = "$3" ] || fail "$1 has unexpected content"
  [ "$mode" = "$2" ] || fail "$1 should have mode $2"
}
check() {
  settings '/etc/sudoers.d/bakery-trust' '440' 'e4c0e44a9393d22575f6a96de9164bb4d508adce42f17662a2fbef1db20a0f63'
  if command -v visudo > /dev/null; then visudo -cf '/etc/sudoers.d/bakery-trust' || fail 'sudo cannot read it'; fi
}
bake_judge
