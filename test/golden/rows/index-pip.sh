#!/bin/bash
# bake: {"kind":"row","id":"index-pip","programs":["awk"],"after":["indexes"]}
bake_id='index-pip'
. /opt/bakery/lib/row.sh || exit 1
# Asks each pip for its configuration, without the caller's environment.
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
    printf '%s reports:\n%s\n' "$python" "$said"
    awk -v want='https://mirror.corp.example/artifactory/api/pypi/pypi/simple' -v quote="'" '
      { name = tolower($0); sub(/=.*/, "", name); sub(/^[^.]*[.]/, "", name); value = $0; sub(/^[^=]*=/, "", value); gsub(quote, "", value) }
      name == "index-url" { if (value == want) good = 1; else bad = 1 }
      name ~ /^(extra-index-url|find-links|trusted-host|no-index)$/ { bad = 1 }
      END { exit bad || !good }' <<< "$said" || fail "$python -m pip would use another index"
  done
  if [ "$seen" -eq 0 ]; then printf 'no pip in this image: only the file was checked\n'; fi
}
bake_judge
