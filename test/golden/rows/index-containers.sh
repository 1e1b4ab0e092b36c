#!/bin/bash
# bake: {"kind":"row","id":"index-containers","programs":["awk"],"after":["indexes-tools"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='index-containers'
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
  own '/etc/containers/registries.conf.d/zz-bakery.conf' '# Written by bake: the mirror stands for these registries; the public ones are not asked.'$'\012''unqualified-search-registries = ["docker.io", "ghcr.io"]'$'\012'$'\012''[[registry]]'$'\012''prefix = "docker.io"'$'\012''location = "mirror.corp.example/docker-hub"'$'\012'$'\012''[[registry]]'$'\012''prefix = "ghcr.io"'$'\012''location = "mirror.corp.example/ghcr"'
  if absent podman; then return 0; fi
  # Only its registries are of interest: a storage of its own needs nothing of the machine.
  place=$(mktemp -d)
  said=$(env -i HOME=/nonexistent PATH="$PATH" podman --root "$place/a" --runroot "$place/b" --storage-driver vfs info --format json 2>&1) || {
    rm -rf -- "$place"
    case "$said" in *regist*) fail "podman info: $said" ;; esac
    printf 'podman does not run here (%s): only the file was looked at\n' "${said:0:200}"
    return 0
  }
  rm -rf -- "$place"
  # "docker.io": { … "Location": "mirror…" of podman's own reading, in the order it prints.
  awk -v name='docker.io' -v want='mirror.corp.example/docker-hub' -v quote='"' '
    index($0, quote name quote ":") { on = 1 }
    on && /"Location":/ { split($0, part, quote); print name, "is at", part[4]; good = part[4] == want; on = 0 }
    END { exit !good }' <<< "$said" || fail "podman would ask elsewhere for" 'docker.io'
  # "docker.io": { … "Location": "mirror…" of podman's own reading, in the order it prints.
  awk -v name='ghcr.io' -v want='mirror.corp.example/ghcr' -v quote='"' '
    index($0, quote name quote ":") { on = 1 }
    on && /"Location":/ { split($0, part, quote); print name, "is at", part[4]; good = part[4] == want; on = 0 }
    END { exit !good }' <<< "$said" || fail "podman would ask elsewhere for" 'ghcr.io'
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
