#!/bin/bash
# bake: {"kind":"row","id":"mirrors-plugin","programs":["awk"],"after":["mirrors"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='mirrors-plugin'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

check() {
  shopt -s nullglob
  cd /
  awk '
    FNR == 1 { files++; off[FILENAME] = 0; id = "" }
    /^\[/ { id = $0; gsub(/^\[|\].*$/, "", id) }
    id == "main" && tolower($0) ~ /^enabled[ \t]*=/ {
      print "/" FILENAME ": " $0
      off[FILENAME] = tolower($0) ~ /=[ \t]*(0|no|false|off)[ \t\r]*$/
    }
    END {
      if (files == 0) print "there is no such plug-in"
      for (file in off) if (!off[file]) { bad = 1; print "FAILED: /" file " leaves it on" }
      exit bad
    }' /dev/null etc/dnf/plugins/amazon-id.con[f] etc/yum/pluginconf.d/amazon-id.con[f]
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
