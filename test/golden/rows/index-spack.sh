#!/bin/bash
# bake: {"kind":"row","id":"index-spack","programs":["awk"],"after":["indexes"]}
bake_id='index-spack'
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
  own '/etc/spack/mirrors.yaml' 'mirrors::'$'\012''  bakery: https://mirror.corp.example/artifactory/spack'
  shopt -s nullglob
  found=(/opt/spack/bin/spack /opt/*/spack/bin/spack /opt/*/*/spack/bin/spack /usr/local/spack/bin/spack)
  seen=0
  for spack in "${found[@]}"; do
    [ -x "$spack" ] || continue
    said=$(env -i HOME=/root PATH="$PATH" "$spack" mirror list)
    printf '%s reports: %s\n' "$spack" "$said"
    awk -v want='https://mirror.corp.example/artifactory/spack' '/:\/\// { seen++; if (index($NF, want) != 1) bad = 1 } END { exit bad || !seen }' <<< "$said" ||
      fail "$spack would use another mirror"
    seen=$((seen + 1))
  done
  if [ "$seen" -eq 0 ]; then printf 'no Spack in this image: only the file was checked\n'; fi
}
bake_judge
