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

# Checks every URL of every section, enabled or not, and every mirrorlist and metalink. A URL whose host is a variable
# fails whatever its current value: cloud-init writes the variables of Amazon Linux again on every new instance. The
# check prints the expanded URL: the first line of each variable file, dnf's before yum's, unknown variables unchanged.
check() {
  shopt -s nullglob
  cd /
  local file value
  local -a repos=(etc/yum.repos.d/*.repo etc/yum/repos.d/*.repo etc/distro.repos.d/*.repo etc/dnf/dnf.con[f] etc/yum.con[f])
  for file in etc/yum/vars/* etc/dnf/vars/*; do
    value=
    if [ -f "$file" ]; then IFS= read -r value < "$file" || true; fi
    printf '%s\t%s\n' "${file##*/}" "$value"
  done | awk '
    function resolved(url,   rest, name, out) {
      out = ""; rest = url
      while (match(rest, /\$([{][A-Za-z0-9_]+[}]|[A-Za-z0-9_]+)/)) {
        name = substr(rest, RSTART + 1, RLENGTH - 1); gsub(/[{}]/, "", name)
        out = out substr(rest, 1, RSTART - 1) (name in vars ? vars[name] : substr(rest, RSTART, RLENGTH))
        rest = substr(rest, RSTART + RLENGTH)
      }
      return out rest
    }
    FILENAME == "-" { vars[substr($0, 1, index($0, "\t") - 1)] = substr($0, index($0, "\t") + 1); next }
    FNR == 1 { id = ""; key = "" }
    /^[ \t\r\f\v]*([#;].*)?$/ { next }
    /^\[/ { id = $0; gsub(/^\[|\].*$/, "", id); key = ""; next }
    {
      value = $0
      if (value !~ /^[ \t\r\f\v]/) {
        key = tolower(value); sub(/[ \t\r\f\v]*[=:].*$/, "", key)
        sub(/^[^=:]*[=:]/, "", value)
      }
      if (id == "main") next
      gsub(/[ \t\r\f\v]+/, " ", value)
      if (key == "mirrorlist" || key == "metalink") print "/" FILENAME, id, key, "asked-first:" value
      if (key != "baseurl" && key != "gpgkey") next
      count = split(value, url, /[ ,]+/)
      for (i = 1; i <= count; i++) if (url[i] != "") {
        now = resolved(url[i])
        print "/" FILENAME, id, key, (now == url[i] ? "" : "(now " now ")"), url[i]
      }
    }' - /dev/null ${repos[@]+"${repos[@]}"} | only_mirror
}
bake_judge
