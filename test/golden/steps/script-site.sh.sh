#!/bin/bash
# bake: {"kind":"step","id":"script-site.sh"}
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
  printf 'bake-report step %s %s - %s\n' 'script-site.sh' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Not in /tmp: some images mount it noexec, and it is cleaned by others.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

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

base64 -d <<'BAKE_DATA' > "$bake_work/script"
ZWNobyAic2l0ZTogJDAiID4mMgpta2RpciAtcCAvb3B0L3NpdGUKdG91Y2ggL29wdC9zaXRlL3Jhbgo=
BAKE_DATA
# A file of its own: its `exit`, its options and its traps are its own, too.
HOME="${HOME:-/root}" bash "$bake_work/script" < /dev/null
# What the verify list looks for: this very text ran to its end.
printf '%s\n' '66a86655eb7fd15df0172603fe8c18ba65d71ac26009a4d2764a461396d5a368' | bake_write '/opt/bakery/scripts/script-site.sh' 644

bake_reached=yes
