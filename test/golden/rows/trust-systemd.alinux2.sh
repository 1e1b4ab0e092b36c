#!/bin/bash
# bake: {"kind":"row","id":"trust-systemd","programs":["awk"],"after":["trust-settings"]}
bake_id='trust-systemd'
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
  settings '/etc/systemd/system.conf.d/bakery-trust.conf' '644' '2824667802d8322117d89aa2c28f4a936a86fa53f02c4fbd4ce9e05628bc9798'
  settings '/etc/systemd/system/supervisord.service.d/bakery-trust.conf' '644' 'ad7bfe3854a5c10b46e68e7ece25270a587ecc4fe506f29bc9c3db9a8d7cfb44'
  settings '/etc/systemd/system/slurmctld.service.d/bakery-trust.conf' '644' 'ad7bfe3854a5c10b46e68e7ece25270a587ecc4fe506f29bc9c3db9a8d7cfb44'
  settings '/etc/systemd/system/slurmd.service.d/bakery-trust.conf' '644' 'ad7bfe3854a5c10b46e68e7ece25270a587ecc4fe506f29bc9c3db9a8d7cfb44'
}
bake_judge
