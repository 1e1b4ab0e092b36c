#!/bin/bash
# bake: {"kind":"row","id":"mirrors-no-proxy","programs":["awk"],"after":["mirrors"]}
bake_id='mirrors-no-proxy'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  cd /
  awk '
    FNR == 1 { id = ""; print "read: /" FILENAME }
    /^\[/ { id = $0; gsub(/^\[|\].*$/, "", id) }
    tolower($0) ~ /^proxy[ \t]*[=:]/ {
      value = $0; sub(/^[^=:]*[=:][ \t]*/, "", value); sub(/[ \t\r]*$/, "", value)
      if (id != "main" || value == "" || value == "_none_") next
      bad = 1; print "FAILED: /" FILENAME ": " $0
    }
    END { exit bad }' /dev/null etc/dnf/dnf.con[f] etc/yum.con[f]
}
bake_judge
