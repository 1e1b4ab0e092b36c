#!/bin/bash
# bake: {"kind":"row","id":"mirrors-gpgcheck","programs":["awk"],"after":["mirrors"]}
bake_id='mirrors-gpgcheck'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  cd /
  awk '
    /^\[/ { id = $0; gsub(/^\[|\].*$/, "", id) }
    tolower($0) ~ /^(gpgcheck|localpkg_gpgcheck|sslverify)[ \t]*[=:]/ {
      line = tolower($0); gsub(/[ \t\r]/, "", line)
      # Stock images disable localpkg_gpgcheck.
      bad = line ~ /^(gpgcheck|sslverify)[=:](0|no|false|off)$/
      if (bad) { failed = 1; print "FAILED: /" FILENAME " [" id "] disables a check: " $0 }
      else seen[FILENAME]++
    }
    END { for (file in seen) print "/" file ": " seen[file] " times"; exit failed }
  ' /dev/null etc/yum.repos.d/*.repo etc/yum/repos.d/*.repo etc/distro.repos.d/*.repo etc/dnf/dnf.con[f] etc/yum.con[f]
}
bake_judge
