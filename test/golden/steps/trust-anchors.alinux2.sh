#!/bin/bash
# bake: {"kind":"step","id":"trust-anchors"}
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
bake_reached=no
bake_end() {
  local status=$? outcome=failed text
  trap - EXIT
  if [ -n "${bake_work:-}" ]; then rm -rf -- "$bake_work"; fi
  # 194 asks Image Builder to reboot and to run this step again: it has not ended yet.
  if [ "$status" -eq 194 ]; then exit 194; fi
  if [ "$status" -eq 0 ] && [ "$bake_reached" = yes ]; then
    outcome=passed text=-
  else
    text=$(printf 'exit status %s' "$status" | base64 | tr -d '\n')
    if [ "$status" -eq 0 ]; then status=70; fi
  fi
  printf 'bake-report step %s %s - %s\n' 'trust-anchors' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Standard input becomes file $1 with mode $2: whole or not at all.
bake_write() {
  local temp
  mkdir -p -- "$(dirname -- "$1")"
  temp=$(mktemp -- "$1.XXXXXX")
  cat > "$temp"
  chmod -- "$2" "$temp"
  sync -- "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
}

base64 -d <<'BAKE_DATA' | bake_write '/etc/pki/ca-trust/source/anchors/bakery-corp-example-root-ca-8525c99ff7e3.pem' 644
LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIwakNDQVhtZ0F3SUJBZ0lVY0ZDWUR5RzJuNmxVMkYwNXF3NW52elNrSWE4d0NnWUlLb1pJemowRUF3SXcKTmpFVk1CTUdBMVVFQ2d3TVEyOXljQ0JGZUdGdGNHeGxNUjB3R3dZRFZRUUREQlJEYjNKd0lFVjRZVzF3YkdVZwpVbTl2ZENCRFFUQWdGdzB5TmpFeE1qRXhOREU1TkRWYUdBOHlNVEkyTVRBeU9ERTBNVGswTlZvd05qRVZNQk1HCkExVUVDZ3dNUTI5eWNDQkZlR0Z0Y0d4bE1SMHdHd1lEVlFRRERCUkRiM0p3SUVWNFlXMXdiR1VnVW05dmRDQkQKUVRCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQkV3cHlnbFZ3TUErSkJNVUgrdklQeElWR05iRQpzLzZNdVRXTCtTb0NaOW5ORUJGMWVWaE5GWnRFYW9N
YTJuZzlQOXFWL2RqTzh6eGE4VHpsbGdnL3ozeWpZekJoCk1CMEdBMVVkRGdRV0JCUTkwcDBDZmoxVFdGeFViSGRubk05Rlo3VHdiakFmQmdOVkhTTUVHREFXZ0JROTBwMEMKZmoxVFdGeFViSGRubk05Rlo3VHdiakFQQmdOVkhSTUJBZjhFQlRBREFRSC9NQTRHQTFVZER3RUIvd1FFQXdJQgpCakFLQmdncWhrak9QUVFEQWdOSEFEQkVBaUJSaU45ZDVzV1ozYWxTcEJnVGsyWnF0NW4ybFRrUCtmNjh3a3lLCjMzc050QUlnT2F0TjN3T2FqdDhkSVhHM2RkbzdoZ1NuN2s2MWo2clBzWk5Ha2cxdjRadz0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
BAKE_DATA
printf 'written: %s (%s)\n' '/etc/pki/ca-trust/source/anchors/bakery-corp-example-root-ca-8525c99ff7e3.pem' 'CN=Corp Example Root CA, O=Corp Example'

bake_reached=yes
