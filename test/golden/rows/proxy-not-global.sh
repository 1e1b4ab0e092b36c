#!/bin/bash
# bake: {"kind":"row","id":"proxy-not-global","programs":["awk"],"after":["proxy"]}
bake_id='proxy-not-global'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  found=(/etc/dnf/dnf.conf /etc/yum.conf /etc/dnf/dnf.conf.d/*.conf /etc/apt/apt.conf /etc/apt/apt.conf.d/*)
  files=()
  for file in "${found[@]}"; do
    if [ -s "$file" ]; then files+=("$file"); fi
  done
  printf 'seen: %s\n' "${files[@]:-none}"
  awk '
    FNR == 1 { main = 1 }
    /^[ \t]*([#;]|\/\/)/ { next }
    /^[ \t]*\[/ { main = $0 ~ /^[ \t]*\[main\]/ }
    FILENAME !~ /apt/ && main && /^[ \t]*proxy[ \t]*[=:]/ {
      value = $0; sub(/^[^=:]*[=:][ \t]*/, "", value); sub(/[ \t\r]+$/, "", value)
      if (value != "" && value != "_none_") { print "BAD " FILENAME ": " $0; bad = 1 }
    }
    FILENAME ~ /apt/ && tolower($0) ~ /proxy[ \t]+"/ && tolower($0) !~ /proxy::/ && tolower($0) !~ /"(false|direct)?"/ {
      print "BAD " FILENAME ": " $0; bad = 1
    }
    END { exit bad }' /dev/null "${files[@]:-/dev/null}" || fail 'a global proxy does not survive the first boot of a node'
}
bake_judge
