#!/bin/bash
# bake: {"kind":"row","id":"index-conda","programs":["awk"],"after":["indexes"]}
bake_id='index-conda'
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
  own '/etc/conda/.condarc' 'channel_alias: https://mirror.corp.example/artifactory/conda'$'\012''default_channels:'$'\012''  - https://mirror.corp.example/artifactory/conda/conda-forge'$'\012''channels:'$'\012''  - defaults'$'\012''ssl_verify: /etc/ssl/certs/ca-certificates.crt'
  shopt -s nullglob
  seen=0
  for conda in /usr/bin/conda /usr/local/bin/conda /opt/*/bin/conda /opt/*/*/bin/conda; do
    [ -x "$conda" ] || continue
    said=$(env -i HOME=/root PATH="$PATH" "$conda" config --show channel_alias default_channels channels)
    printf '%s reports:\n%s\n' "$conda" "$said"
    awk -v origin='https://mirror.corp.example/artifactory/conda/' '
      { url = $0; sub(/^[^h]*/, "", url) }
    /:\/\// { seen++; if (index(url "/", origin) != 1) bad = 1 }
    END { exit bad || !seen }' <<< "$said" || fail "$conda: a channel is not below" 'https://mirror.corp.example/artifactory/conda/'
    seen=$((seen + 1))
  done
  if [ "$seen" -eq 0 ]; then printf 'no conda in this image: only the file was checked\n'; fi
}
bake_judge
