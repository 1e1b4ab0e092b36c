#!/bin/bash
# bake: {"kind":"step","id":"trust-anchors"}
bake_id='trust-anchors'
. /opt/bakery/lib/step.sh || exit 1
anchors='/usr/local/share/ca-certificates'
mkdir -p -- "$anchors"
# Work beside the anchors, so that a rename places the files; no program reads CAs from this folder.
bake_work=$(mktemp -d -- "${anchors%/*}/.bakery.XXXXXX")
mkdir -- "$bake_work/new"
awk -v to="$bake_work/new/" '/^# / { file = to $2; print "written: " substr($0, 3); next } { print > file }' /opt/bakery/lib/cas/*
# Records the number of roots before the bake, for the row trust-public-roots.
mkdir -p /opt/bakery
if [ ! -e /opt/bakery/public-roots ]; then
  { grep -c -- '-----BEGIN ' '/etc/ssl/certs/ca-certificates.crt' 2> /dev/null || echo 0; } > "$bake_work/roots"
  sync
  mv -f -- "$bake_work/roots" /opt/bakery/public-roots
fi
stale=()
for file in "$anchors"/bakery-*; do
  if [ -e "$file" ] && [ ! -e "$bake_work/new/${file##*/}" ]; then stale+=("$file"); fi
done
chmod 644 -- "$bake_work/new"/*
sync
mv -f -t "$anchors" -- "$bake_work/new"/*
# Remove anchors of an earlier bake. Only bake uses these names.
if [ "${#stale[@]}" -gt 0 ]; then
  rm -f -- "${stale[@]}"
  printf 'removed: %s\n' "${stale[@]}"
fi

bake_reached=yes
