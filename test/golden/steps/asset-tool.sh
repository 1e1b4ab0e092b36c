#!/bin/bash
# bake: {"kind":"step","id":"asset-tool"}
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
  printf 'bake-report step %s %s - %s\n' 'asset-tool' "$outcome" "$text"
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

base64 -d <<'BAKE_DATA' | bake_write '/opt/site/tool' '755'
IyEvYmluL3NoCmVjaG8gdG9vbCAxLjAK
BAKE_DATA
found=$(sha256sum < '/opt/site/tool')
if [ "${found%% *}" != 'f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810' ]; then
  printf 'sha256 of %s is %s, expected %s\n' '/opt/site/tool' "${found%% *}" 'f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810' >&2
  exit 1
fi
printf 'written: %s sha256 %s\n' '/opt/site/tool' "${found%% *}"

bake_reached=yes
