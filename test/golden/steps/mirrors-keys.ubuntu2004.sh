#!/bin/bash
# bake: {"kind":"step","id":"mirrors-keys"}
bake_id='mirrors-keys'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# Keeps original files below /opt/bakery/originals, without logins. Paths are relative to the root. The number of
# processes does not depend on the number of files. Lists must not be empty: bash 4.2 of alinux2 treats them as unbound.
cd /
bake_top=${PWD%/}

# Keeps copies of the files, unless an earlier bake kept them.
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
  # Creating a hard link is atomic.
  cp -al -- "$bake_work/originals/." opt/bakery/originals/
  rm -rf -- "$bake_work/originals"
}

# Prepares files that bake writes in full: records new files by step, for an undo, and keeps copies of existing ones.
bake_own() {
  local each known=$'\n' added=''
  local -a foreign=()
  if [ -e opt/bakery/added/'mirrors-keys' ]; then known+=$(< opt/bakery/added/'mirrors-keys')$'\n'; fi
  for each in "$@"; do
    case "$known" in *$'\n'"$each"$'\n'*) continue ;; esac
    if [ -f "$each" ] && [ ! -L "$each" ]; then foreign+=("$each"); continue; fi
    if [ -e "$each" ] || [ -L "$each" ]; then continue; fi
    added+=$each$'\n'
  done
  if [ "${#foreign[@]}" -gt 0 ]; then bake_keep "${foreign[@]}"; fi
  if [ "$added" = '' ]; then return 0; fi
  printf '%s' "${known#$'\n'}$added" | bake_write "$bake_top/opt/bakery/added/"'mirrors-keys' 644
}

bake_own 'usr/share/keyrings/bakery-fsxlustreclientrepo.asc'
base64 -d <<'BAKE_DATA' | bake_write '/usr/share/keyrings/bakery-fsxlustreclientrepo.asc' 644
LS0tLS1CRUdJTiBQR1AgUFVCTElDIEtFWSBCTE9DSy0tLS0tCgpLRVkKLS0tLS1FTkQgUEdQIFBVQkxJQyBLRVkgQkxPQ0stLS0tLQo=
BAKE_DATA
printf 'written: %s\n' '/usr/share/keyrings/bakery-fsxlustreclientrepo.asc'

bake_reached=yes
