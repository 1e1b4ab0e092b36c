#!/bin/bash
# bake: {"kind":"row","id":"mirrors-effective","programs":["awk"],"family":["yum-config-manager"],"after":["mirrors"]}
bake_id='mirrors-effective'
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

# Lists the URLs that the package manager would use, with its variables expanded.
check() {
  effective=$(yum-config-manager)
  printf '%s\n' "$effective" |
    awk '$2 == "=" && $3 != "" && $1 ~ /^(baseurl|mirrorlist|metalink|gpgkey)$/ {
      gsub(/,/, " ")
      for (i = 3; i <= NF; i++) if ($i !~ /^\(?None\)?$/) print $1, $i
    }' |
    only_mirror
}
bake_judge
