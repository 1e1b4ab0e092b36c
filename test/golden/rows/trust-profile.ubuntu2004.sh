#!/bin/bash
# bake: {"kind":"row","id":"trust-profile","programs":["awk"],"after":["trust-settings"]}
bake_id='trust-profile'
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
  settings '/etc/profile.d/aws-cli-default-config.sh' '644' '34eba4354ef25bb719be71e37d7ca8f028fb739b7d65f35085d3a1f586b89e38'
}
bake_judge
