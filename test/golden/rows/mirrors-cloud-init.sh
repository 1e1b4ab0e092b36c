#!/bin/bash
# bake: {"kind":"row","id":"mirrors-cloud-init","programs":["awk"],"after":["mirrors-policy"]}
bake_id='mirrors-cloud-init'
. /opt/bakery/lib/row.sh || exit 1
# The last file in sort order decides.
check() {
  shopt -s nullglob
  awk -v key='preserve_sources_list' -v value='true' '
    { line = $0; sub(/#.*$/, "", line) }
    match(line, key "[\"'\'']?[ \t]*:") {
      last = FILENAME; print FILENAME ": " $0
      sub(/^.*:[ \t]*/, "", line); sub(/[ \t\r]*$/, "", line); found = line
    }
    END {
      if (last == "") { print "FAILED: no file sets " key; exit 1 }
      if (found != value) { print "FAILED: " last " sets " key ": " found ", expected " value; exit 1 }
    }' /etc/cloud/cloud.cfg.d/*.cfg < /dev/null
}
bake_judge
