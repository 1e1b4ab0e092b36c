#!/bin/bash
# bake: {"kind":"row","id":"index-conda","programs":["awk"],"after":["indexes-python"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='index-conda'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# own PATH LINES: the lines stand in the file, one after the other.
own() {
  local text
  [ -f "$1" ] || fail "$1 is not there"
  text=$'\n'$(< "$1")$'\n'
  # What is indented like its neighbours is still ours.
  case "$text" in *$'\n'"$2"$'\n'*) ;; *) fail "$1 does not say: $2" ;; esac
  printf '%s: %s\n' "$1" "$2"
}
# absent PROGRAM
absent() {
  if command -v "$1" > /dev/null; then return 1; fi
  printf '%s is not in this image: only the file was looked at\n' "$1"
}

check() {
  own '/etc/conda/.condarc' 'channel_alias: https://mirror.corp.example/artifactory/conda'$'\012''default_channels:'$'\012''  - https://mirror.corp.example/artifactory/conda/conda-forge'$'\012''channels:'$'\012''  - defaults'$'\012''ssl_verify: /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'
  if absent 'conda'; then return 0; fi
  said=$(env -i HOME=/root PATH="$PATH" 'conda' config --show channel_alias default_channels channels)
  printf '%s\n' "$said"
  awk -v origin='https://mirror.corp.example/artifactory/conda/' '
    { url = $0; sub(/^[^h]*/, "", url) }
    /:\/\// { seen++; if (index(url "/", origin) != 1) bad = 1 }
    END { exit bad || !seen }' <<< "$said" || fail "a channel is not below" 'https://mirror.corp.example/artifactory/conda/'
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
