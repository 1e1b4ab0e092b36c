#!/bin/bash
# bake: {"kind":"row","id":"mirrors-repos","programs":["awk"],"after":["mirrors"]}
bake_id='mirrors-repos'
. /opt/bakery/lib/row.sh || exit 1
# Reads "place URL" lines, prints them, and fails if a URL is not on the mirror.
only_mirror() {
  awk -v origins='https://mirror.corp.example/' '
    BEGIN { count = split(origins, origin, " ") }
    {
      good = ($NF ~ /^(file|cdrom|copy):/)
      for (i = 1; i <= count; i++) if (index($NF, origin[i]) == 1) good = 1
      print (good ? "ok  " : "BAD ") $0
      bad += !good
    }
    END { if (NR == 0) { print "FAILED: no repository at all"; exit 1 }; exit bad > 0 }'
}

# Checks every URI of every enabled source, in both formats. A line that cannot be read fails.
check() {
  shopt -s nullglob
  cd /
  awk '
    function emit(   i) { if (on) for (i = 1; i <= n; i++) print "/" file, uri[i]; n = 0; on = 1; field = "" }
    FNR == 1 { emit(); file = FILENAME; deb822 = FILENAME ~ /\.sources$/ }
    !deb822 {
      line = $0; sub(/^[ \t\r\f\v]*/, "", line); sub(/[ \t\r]*$/, "", line)
      if (line == "" || line ~ /^#/) next
      if (line !~ /^deb(-src)?[ \t]/) { print "/" file, "cannot-be-read:" line; next }
      sub(/^[^ \t]+[ \t]+/, "", line)
      if (line ~ /^\[/) sub(/^[^]]*\][ \t]*/, "", line)
      sub(/[ \t].*$/, "", line)
      print "/" file, line
      next
    }
    /^\r?$/ { emit(); next }
    /^#/ { next }
    {
      value = $0
      if (value !~ /^[ \t]/) {
        field = tolower(value); sub(/[ \t]*:.*$/, "", field)
        sub(/^[^:]*:/, "", value)
      }
      if (field == "enabled") on = tolower(value) !~ /^[ \t]*(no|false|off|disable|without|0)[ \t\r]*$/
      if (field != "uris") next
      count = split(value, part, /[ \t\r]+/)
      for (i = 1; i <= count; i++) if (part[i] != "") uri[++n] = part[i]
    }
    END { emit() }' /dev/null etc/apt/sources.lis[t] etc/apt/sources.list.d/*.list etc/apt/sources.list.d/*.sources |
    only_mirror
}
bake_judge
