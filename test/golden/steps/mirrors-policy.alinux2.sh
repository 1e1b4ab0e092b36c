#!/bin/bash
# bake: {"kind":"step","id":"mirrors-policy","programs":["sed"]}
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
  printf 'bake-report step %s %s - %s\n' 'mirrors-policy' "$outcome" "$text"
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

# What the image said before the first bake stays below /opt/bakery/originals, without logins. Paths are relative to the
# root; a handful of processes, however many files. Lists are not empty where used: bash 4.2 of alinux2 calls those unbound.
cd /
bake_top=${PWD%/}

# Keeps what the files say, unless that is done.
bake_keep() {
  local each
  local -a new=()
  for each in "$@"; do
    if [ ! -e "opt/bakery/originals/$each" ]; then new+=("$each"); fi
  done
  if [ "${#new[@]}" -eq 0 ]; then return 0; fi
  mkdir -p -- "$bake_work/originals" opt/bakery/originals
  cp -a --parents -t "$bake_work/originals" -- "${new[@]}"
  (cd -- "$bake_work/originals" && sed -i -E \
    -e 's#://[^/[:space:]]*@#://#g' \
    -e '/^[[:space:]]*[#;]*[[:space:]]*(proxy_)?(username|password)[[:space:]]*[=:]/d' -- "${new[@]}")
  sync -f -- "$bake_work" 2> /dev/null || sync
  # A hard link appears whole or not at all.
  cp -al -- "$bake_work/originals/." opt/bakery/originals/
  rm -rf -- "$bake_work/originals"
}

# Before files are written that are all ours: those that were not there are remembered, for the undo, the others kept.
bake_own() {
  local each known=$'\n' new=''
  local -a foreign=()
  if [ -e opt/bakery/mirrors.added ]; then known+=$(< opt/bakery/mirrors.added)$'\n'; fi
  for each in "$@"; do
    case "$known" in *$'\n'"$each"$'\n'*) continue ;; esac
    if [ -f "$each" ] && [ ! -L "$each" ]; then foreign+=("$each"); continue; fi
    if [ -e "$each" ] || [ -L "$each" ]; then continue; fi
    new+=$each$'\n'
  done
  if [ "${#foreign[@]}" -gt 0 ]; then bake_keep "${foreign[@]}"; fi
  if [ "$new" = '' ]; then return 0; fi
  known=${known#$'\n'}
  printf '%s' "${known#$'\n'}$new" | bake_write "$bake_top/opt/bakery/mirrors.added" 644
}

# Amazon Linux installs security updates at first boot unless told otherwise; a node must be what was baked. The keys of
# other distributions say the same there. cloud-init reads these files in the order of their names: the last one wins.
bake_own etc/cloud/cloud.cfg.d/zz-bakery-updates.cfg
bake_write /etc/cloud/cloud.cfg.d/zz-bakery-updates.cfg 644 <<'BAKE_DATA'
# Written by bake: a node does not change at its first boot.
repo_upgrade: none
package_update: false
package_upgrade: false
BAKE_DATA
printf 'written: %s\n' /etc/cloud/cloud.cfg.d/zz-bakery-updates.cfg

bake_reached=yes
