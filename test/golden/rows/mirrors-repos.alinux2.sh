#!/bin/bash
# bake: {"kind":"row","id":"mirrors-repos","programs":["awk"],"after":["mirrors"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='mirrors-repos'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

# Reads "place URL" lines; prints them, and fails where one is not on the mirror.
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

# Every live URL of every section, switched on or not, and every mirrorlist and metalink.
live_urls() {
  awk '
    /^[ \t]*([#;].*)?$/ { next }
    /^[ \t]*\[/ { id = $0; gsub(/^[ \t]*\[|\].*$/, "", id); key = ""; next }
    id == "main" { next }
    {
      value = $0
      if (value !~ /^[ \t]/) {
        key = tolower(value); sub(/[ \t]*[=:].*$/, "", key)
        sub(/^[^=:]*[=:]/, "", value)
      }
      gsub(/[ \t]+/, " ", value)
      if (key == "mirrorlist" || key == "metalink") print FILENAME, id, key, "asked-first:" value
      if (key != "baseurl" && key != "gpgkey") next
      count = split(value, url, /[ ,]+/)
      for (i = 1; i <= count; i++) if (url[i] != "") print FILENAME, id, key, url[i]
    }' "$1"
}
check() {
  shopt -s nullglob
  for file in /etc/yum.repos.d/*.repo /etc/distro.repos.d/*.repo /etc/dnf/dnf.conf /etc/yum.conf; do
    if [ -e "$file" ]; then live_urls "$file"; fi
  done | only_mirror
}

bake_outcome=failed
bake_output=$(
  set -e
  exec 2>&1 < /dev/null
  check
  printf '\nreached'
)
bake_status=$?
if [ "$bake_status" -eq 0 ] && [ "${bake_output##*$'\n'}" = reached ]; then
  bake_outcome=passed bake_output=${bake_output%$'\n'reached}
elif [ "$bake_status" -eq 0 ]; then
  bake_status=70
fi
# Evidence is no report, whatever it holds; the end of it is what matters where it is long.
bake_output=${bake_output//bake-report/bake_report}
printf '%s\n' "${bake_output:0:20000}"
if [ "${#bake_output}" -gt 2000 ]; then bake_output=${bake_output: -2000}; fi
trap - EXIT
bake_text=$(printf '%s' "$bake_output" | base64 | tr -d '\n')
printf 'bake-report row %s %s - %s\n' "$bake_id" "$bake_outcome" "${bake_text:--}"
[ "$bake_status" -eq 0 ] || exit 1
