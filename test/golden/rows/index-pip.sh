#!/bin/bash
# bake: {"kind":"row","id":"index-pip","programs":["awk"],"after":["indexes-python"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='index-pip'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# What each pip itself says, by Python where there is one: the environment of who looks does not count.
check() {
  shopt -s nullglob
  grep -E '^[[:space:]]*index-url = ' /etc/pip.conf || fail '/etc/pip.conf names no index'
  seen=0
  for python in /usr/bin/python3 /usr/local/bin/python3 /opt/parallelcluster/pyenv/versions/*/bin/python /opt/parallelcluster/pyenv/versions/*/envs/*/bin/python \
    /usr/local/aws/bin/python /opt/*/bin/python; do
    [ -x "$python" ] || continue
    said=$(env -i HOME=/root PATH="$PATH" "$python" -m pip --disable-pip-version-check config list 2>&1) || {
      case "$said" in *'No module named'*) continue ;; esac
      fail "$python -m pip config list: $said"
    }
    seen=$((seen + 1))
    printf '%s says:\n%s\n' "$python" "$said"
    awk -v want='https://mirror.corp.example/artifactory/api/pypi/pypi/simple' -v quote="'" '
      { name = tolower($0); sub(/=.*/, "", name); sub(/^[^.]*[.]/, "", name); value = $0; sub(/^[^=]*=/, "", value); gsub(quote, "", value) }
      name == "index-url" { if (value == want) good = 1; else bad = 1 }
      name ~ /^(extra-index-url|find-links|trusted-host|no-index)$/ { bad = 1 }
      END { exit bad || !good }' <<< "$said" || fail "$python -m pip would ask elsewhere"
  done
  if [ "$seen" -eq 0 ]; then printf 'no pip in this image: only the file was looked at\n'; fi
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
