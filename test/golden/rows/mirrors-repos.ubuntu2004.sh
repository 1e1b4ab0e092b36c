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

# Every live URI of every source, in either form.
one_line() {
  awk '
    /^[ \t]*deb(-src)?[ \t]/ {
      line = $0; sub(/^[ \t]*[^ \t]+[ \t]+/, "", line)
      if (line ~ /^\[/) { sub(/^[^]]*\][ \t]*/, "", line) }
      sub(/[ \t].*$/, "", line)
      print FILENAME, line
    }' "$1"
}
deb822() {
  awk '
    function emit(   i) { if (on) for (i = 1; i <= n; i++) print FILENAME, uri[i]; n = 0; on = 1; field = "" }
    BEGIN { on = 1 }
    /^[ \t]*$/ { emit(); next }
    /^#/ { next }
    {
      value = $0
      if (value !~ /^[ \t]/) {
        field = tolower(value); sub(/[ \t]*:.*$/, "", field)
        sub(/^[^:]*:/, "", value)
      }
      if (field == "enabled" && tolower(value) ~ /^[ \t]*(no|false|off|disable|without|0)[ \t]*$/) on = 0
      if (field != "uris") next
      count = split(value, part, /[ \t]+/)
      for (i = 1; i <= count; i++) if (part[i] != "") uri[++n] = part[i]
    }
    END { emit() }' "$1"
}
check() {
  shopt -s nullglob
  {
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      if [ -e "$file" ]; then one_line "$file"; fi
    done
    for file in /etc/apt/sources.list.d/*.sources; do deb822 "$file"; done
  } | only_mirror
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
