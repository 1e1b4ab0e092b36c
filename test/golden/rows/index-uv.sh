#!/bin/bash
# bake: {"kind":"row","id":"index-uv","after":["indexes"]}
bake_id='index-uv'
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
  own '/etc/uv/uv.toml' 'native-tls = true'$'\012''index = [{ url = "https://mirror.corp.example/artifactory/api/pypi/pypi/simple", default = true }]'
  if absent 'uv'; then return 0; fi
  printf '%s\n' 'uv prints no settings outside a project, so this row checks the file'
}
bake_judge
