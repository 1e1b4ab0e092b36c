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
  settings '/etc/systemd/system.conf.d/bakery-trust.conf' '644' '95e817d7ce9524df14a126b0029ddc4a713455f6fedd4b5dff72e4fedd44b3e7'
  settings '/etc/systemd/system/supervisord.service.d/bakery-trust.conf' '644' '43dc955fb1d67a739a74d1350a834503a3d9a1e1b74ff6a2215fd6235d529561'
  settings '/etc/systemd/system/slurmctld.service.d/bakery-trust.conf' '644' '43dc955fb1d67a739a74d1350a834503a3d9a1e1b74ff6a2215fd6235d529561'
  settings '/etc/systemd/system/slurmd.service.d/bakery-trust.conf' '644' '43dc955fb1d67a739a74d1350a834503a3d9a1e1b74ff6a2215fd6235d529561'
}
bake_judge
