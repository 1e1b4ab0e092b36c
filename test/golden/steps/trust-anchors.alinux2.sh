#!/bin/bash
# bake: {"kind":"step","id":"trust-anchors"}
bake_id='trust-anchors'
. /opt/bakery/lib/step.sh || exit 1
anchors='/etc/pki/ca-trust/source/anchors'
mkdir -p -- "$anchors"
# Beside the anchors, so that a rename is all it takes; nobody reads CAs there.
bake_work=$(mktemp -d -- "${anchors%/*}/.bakery.XXXXXX")
mkdir -- "$bake_work/new"
base64 -d <<'BAKE_DATA' | awk -v to="$bake_work/new/" '/^# / { file = to $2; print "written: " substr($0, 3); next } { print > file }'
IyBiYWtlcnktY29ycC1leGFtcGxlLXJvb3QtY2EtODUyNWM5OWZmN2UzLnBlbSAoQ049Q29ycCBFeGFtcGxlIFJvb3QgQ0EsIE89Q29ycCBFeGFtcGxlKQotLS0tLUJFR0lOIENFUlRJRklDQVRFLS0tLS0KTUlJQjBqQ0NBWG1nQXdJQkFnSVVjRkNZRHlHMm42bFUyRjA1cXc1bnZ6U2tJYTh3Q2dZSUtvWkl6ajBFQXdJdwpOakVWTUJNR0ExVUVDZ3dNUTI5eWNDQkZlR0Z0Y0d4bE1SMHdHd1lEVlFRRERCUkRiM0p3SUVWNFlXMXdiR1VnClVtOXZkQ0JEUVRBZ0Z3MHlOakV4TWpFeE5ERTVORFZhR0E4eU1USTJNVEF5T0RFME1UazBOVm93TmpFVk1CTUcKQTFVRUNnd01RMjl5Y0NCRmVHRnRjR3hsTVIwd0d3WURWUVFEREJSRGIzSndJRVY0WVcxd2JHVWdVbTl2ZENCRApRVEJaTUJN
R0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEEwSUFCRXdweWdsVndNQStKQk1VSCt2SVB4SVZHTmJFCnMvNk11VFdMK1NvQ1o5bk5FQkYxZVZoTkZadEVhb01hMm5nOVA5cVYvZGpPOHp4YThUemxsZ2cvejN5all6QmgKTUIwR0ExVWREZ1FXQkJROTBwMENmajFUV0Z4VWJIZG5uTTlGWjdUd2JqQWZCZ05WSFNNRUdEQVdnQlE5MHAwQwpmajFUV0Z4VWJIZG5uTTlGWjdUd2JqQVBCZ05WSFJNQkFmOEVCVEFEQVFIL01BNEdBMVVkRHdFQi93UUVBd0lCCkJqQUtCZ2dxaGtqT1BRUURBZ05IQURCRUFpQlJpTjlkNXNXWjNhbFNwQmdUazJacXQ1bjJsVGtQK2Y2OHdreUsKMzNzTnRBSWdPYXROM3dPYWp0OGRJWEczZGRvN2hnU243azYxajZyUHNaTkdrZzF2NFp3PQotLS0tLUVORCBDRVJU
SUZJQ0FURS0tLS0tCg==
BAKE_DATA
# What the OS trusted before: the row trust-public-roots compares.
mkdir -p /opt/bakery
if [ ! -e /opt/bakery/public-roots ]; then
  { grep -c -- '-----BEGIN ' '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' 2> /dev/null || echo 0; } > "$bake_work/roots"
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
# Of an earlier bake: these names are ours alone.
if [ "${#stale[@]}" -gt 0 ]; then
  rm -f -- "${stale[@]}"
  printf 'no longer given: %s\n' "${stale[@]}"
fi

bake_reached=yes
