#!/bin/bash
# bake: {"kind":"row","id":"index-cran","after":["indexes"]}
bake_id='index-cran'
. /opt/bakery/lib/row.sh || exit 1
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
  shopt -s nullglob
  seen=0
  for home in /usr/lib/R/ /usr/lib64/R/ /usr/local/lib*/R/ /opt/R/*/lib*/R/; do
    [ -d "$home"etc ] || continue
    own "$home"etc/Rprofile.site 'options(repos = c(CRAN = "https://mirror.corp.example/artifactory/cran"))'
    seen=$((seen + 1))
    [ -x "$home"bin/Rscript ] || [ -x "$home"bin/R ] || continue
    said=$(env -i HOME=/root PATH="$PATH" "$home"bin/R --no-echo --no-environ -e 'cat(getOption("repos"), sep="\n")')
    printf '%s says: %s\n' "$home" "$said"
    [ "$said" = 'https://mirror.corp.example/artifactory/cran' ] || fail "$home would ask elsewhere"
  done
  if [ "$seen" -eq 0 ]; then printf 'no R in this image\n'; fi
}
bake_judge
