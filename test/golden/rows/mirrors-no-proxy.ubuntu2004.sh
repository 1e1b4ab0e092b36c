#!/bin/bash
# bake: {"kind":"row","id":"mirrors-no-proxy","programs":["awk"],"after":["mirrors"]}
bake_id='mirrors-no-proxy'
. /opt/bakery/lib/row.sh || exit 1
# apt reads the files in this order. An option with a host after Proxy applies to that host only.
check() {
  shopt -s nullglob
  cd /
  awk '
    FNR == 1 { print "read: /" FILENAME }
    { line = $0; sub(/^[ \t]*(\/\/|#).*$/, "", line) }
    tolower(line) ~ /acquire::(http|https|ftp)::proxy[ \t]+"/ {
      value = line; sub(/^[^"]*"/, "", value); sub(/".*$/, "", value)
      if (value == "" || tolower(value) == "false" || toupper(value) == "DIRECT") next
      bad = 1; print "FAILED: /" FILENAME ": " line
    }
    END { exit bad }' /dev/null etc/apt/apt.conf.d/* etc/apt/apt.con[f]
}
bake_judge
