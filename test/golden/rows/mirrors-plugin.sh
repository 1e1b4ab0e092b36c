#!/bin/bash
# bake: {"kind":"row","id":"mirrors-plugin","programs":["awk"],"after":["mirrors"]}
bake_id='mirrors-plugin'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  cd /
  awk '
    FNR == 1 { files++; off[FILENAME] = 0; id = "" }
    /^\[/ { id = $0; gsub(/^\[|\].*$/, "", id) }
    id == "main" && tolower($0) ~ /^enabled[ \t]*=/ {
      print "/" FILENAME ": " $0
      off[FILENAME] = tolower($0) ~ /=[ \t]*(0|no|false|off)[ \t\r]*$/
    }
    END {
      if (files == 0) print "this image does not have the plug-in"
      for (file in off) if (!off[file]) { bad = 1; print "FAILED: /" file " does not disable it" }
      exit bad
    }' /dev/null etc/dnf/plugins/amazon-id.con[f] etc/yum/pluginconf.d/amazon-id.con[f]
}
bake_judge
