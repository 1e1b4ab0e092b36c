#!/bin/bash
# bake: {"kind":"row","id":"proxy-not-global","programs":["awk"],"after":["proxy"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='proxy-not-global'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

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
