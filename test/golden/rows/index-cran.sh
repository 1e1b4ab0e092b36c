#!/bin/bash
# bake: {"kind":"row","id":"index-cran","after":["indexes"]}
bake_id='index-cran'
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
  shopt -s nullglob
  seen=0
  for home in /usr/lib/R/ /usr/lib64/R/ /usr/local/lib*/R/ /opt/R/*/lib*/R/; do
    [ -d "$home"etc ] || continue
    own "$home"etc/Rprofile.site 'options(repos = c(CRAN = "https://mirror.corp.example/artifactory/cran"))'
    seen=$((seen + 1))
    [ -x "$home"bin/Rscript ] || [ -x "$home"bin/R ] || continue
    said=$(env -i HOME=/root PATH="$PATH" "$home"bin/R --no-echo --no-environ -e 'cat(getOption("repos"), sep="\n")')
    printf '%s reports: %s\n' "$home" "$said"
    [ "$said" = 'https://mirror.corp.example/artifactory/cran' ] || fail "$home would use another repository"
  done
  if [ "$seen" -eq 0 ]; then printf 'no R in this image\n'; fi
}
bake_judge
