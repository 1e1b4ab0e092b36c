#!/bin/bash
# bake: {"kind":"row","id":"mirrors-gpgcheck","programs":["grep"],"after":["mirrors"]}
bake_id='mirrors-gpgcheck'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] || continue
    if grep -n -i -E '^[^#]*(trusted|allow-(insecure|weak))[=:] *(yes|true|on|1)' -- "$file"; then
      fail "$file allows unsigned packages"
    fi
    printf '%s: signatures are checked\n' "$file"
  done
}
bake_judge
