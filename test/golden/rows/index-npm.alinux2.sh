#!/bin/bash
# bake: {"kind":"row","id":"index-npm","after":["indexes"]}
bake_id='index-npm'
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
  own '/etc/npmrc' 'registry=https://mirror.corp.example/artifactory/api/npm/npm/'$'\012''cafile=/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'
  shopt -s nullglob
  seen=0
  for npm in /usr/bin/npm /usr/local/bin/npm /opt/*/bin/npm /opt/*/*/bin/npm; do
    [ -x "$npm" ] || continue
    # Put the node of this npm first in PATH, and run outside of a project.
    said=$(cd / && env -i HOME=/root PATH="${npm%/npm}:$PATH" "$npm" config get registry)
    printf '%s reports: %s\n' "$npm" "$said"
    [ "$said" = 'https://mirror.corp.example/artifactory/api/npm/npm/' ] || fail "$npm would use another registry"
    seen=$((seen + 1))
  done
  if [ "$seen" -eq 0 ]; then printf 'no npm in this image: only the file was checked\n'; fi
}
bake_judge
