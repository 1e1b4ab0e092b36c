#!/bin/bash
# bake: {"kind":"row","id":"index-containers","programs":["awk"],"after":["indexes"]}
bake_id='index-containers'
. /opt/bakery/lib/row.sh || exit 1
# own PATH LINES: fails unless the file contains the lines, in a row.
own() {
  local text
  [ -f "$1" ] || fail "$1 is missing"
  text=$'\n'$(< "$1")$'\n'
  case "$text" in *$'\n'"$2"$'\n'*) ;; *) fail "$1 lacks: $2" ;; esac
  printf '%s: %s\n' "$1" "$2"
}
# absent PROGRAM: true, with a note, if the image lacks the program.
absent() {
  if command -v "$1" > /dev/null; then return 1; fi
  printf '%s is not in this image: only the file was checked\n' "$1"
}

check() {
  own '/etc/containers/registries.conf.d/zz-bakery.conf' '# Written by bake: the mirror replaces these registries; the public ones are never contacted.'$'\012''unqualified-search-registries = ["docker.io", "ghcr.io"]'$'\012'$'\012''[[registry]]'$'\012''prefix = "docker.io"'$'\012''location = "mirror.corp.example/docker-hub"'$'\012'$'\012''[[registry]]'$'\012''prefix = "ghcr.io"'$'\012''location = "mirror.corp.example/ghcr"'
  if absent podman; then return 0; fi
  # This check needs only the registries, so podman uses temporary storage.
  place=$(mktemp -d)
  said=$(env -i HOME=/nonexistent PATH="$PATH" podman --root "$place/a" --runroot "$place/b" --storage-driver vfs info --format json 2>&1) || {
    rm -rf -- "$place"
    case "$said" in *regist*) fail "podman info: $said" ;; esac
    printf 'podman does not run here (%s): only the file was checked\n' "${said:0:200}"
    return 0
  }
  rm -rf -- "$place"
  # podman prints: "docker.io": { "Prefix": "docker.io", "Location": "mirror" }.
  awk -v name='docker.io' -v want='mirror.corp.example/docker-hub' -v quote='"' '
    index($0, quote name quote ":") { on = 1 }
    on && /"Location":/ { split($0, part, quote); print name, "is at", part[4]; good = part[4] == want; on = 0 }
    END { exit !good }' <<< "$said" || fail "podman would use another registry for" 'docker.io'
  # podman prints: "docker.io": { "Prefix": "docker.io", "Location": "mirror" }.
  awk -v name='ghcr.io' -v want='mirror.corp.example/ghcr' -v quote='"' '
    index($0, quote name quote ":") { on = 1 }
    on && /"Location":/ { split($0, part, quote); print name, "is at", part[4]; good = part[4] == want; on = 0 }
    END { exit !good }' <<< "$said" || fail "podman would use another registry for" 'ghcr.io'
}
bake_judge
