#!/bin/bash
# bake: {"kind":"row","id":"mirrors-ids","programs":["awk"],"after":["mirrors"]}
bake_id='mirrors-ids'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  cd /
  # /dev/null keeps awk from reading standard input if there are no files.
  awk '
    function of_file(name) { sub(/^opt\/bakery\/originals\//, "", name); return name }
    FNR == 1 && FILENAME ~ /^opt/ { files[++count] = of_file(FILENAME) }
    /^\[[^]]+\]/ {
      id = $0; sub(/^\[/, "", id); sub(/\].*$/, "", id)
      if (FILENAME ~ /^opt/) before[of_file(FILENAME)] = before[of_file(FILENAME)] " " id
      else now[FILENAME] = now[FILENAME] " " id
    }
    END {
      if (count == 0) { print "FAILED: no repository file was recorded before it was rewritten"; exit 1 }
      for (i = 1; i <= count; i++) {
        good = before[files[i]] == now[files[i]]
        print (good ? "ok  " : "BAD ") "/" files[i] ":" now[files[i]]
        if (!good) { bad = 1; print "FAILED: it was:" before[files[i]] }
      }
      exit bad
    }' /dev/null opt/bakery/originals/etc/yum.repos.d/*.repo etc/yum.repos.d/*.repo
}
bake_judge
