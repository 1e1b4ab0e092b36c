#!/bin/bash
# bake: {"kind":"step","id":"trust-nss","after":["trust-anchors"]}
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
  printf 'bake-report step %s %s - %s\n' 'trust-nss' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Not in /tmp: some images mount it noexec, and it is cleaned by others.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# Keeps what each PATH is before the first bake.
bake_keep() {
  local path old=()
  for path; do
    if [ -e "/opt/bakery/originals$path" ] || [ -L "/opt/bakery/originals$path" ]; then continue; fi
    if [ -e "$path" ] || [ -L "$path" ]; then old+=("$path"); fi
  done
  mkdir -p /opt/bakery/originals
  if [ "${#old[@]}" -gt 0 ]; then cp -a --parents -t /opt/bakery/originals -- "${old[@]}"; fi
}

# Makes each PATH a link to file $1, whatever it was. However many there are, it takes one ln and one tar to make and
# one to place them: ln names a link after where it leads, so the paths go through it as names, their slashes as US.
bake_link() {
  local target=$1 path us=$'\x1f' links=() names=()
  shift
  for path; do
    if [ "$path" -ef "$target" ]; then
      printf 'follows already: %s\n' "$path"
    else
      links+=("$path") names+=("${path//\//$us}")
    fi
  done
  if [ "${#links[@]}" -eq 0 ]; then return 0; fi
  bake_keep "${links[@]}"
  rm -rf -- "$bake_work/links"
  mkdir -- "$bake_work/links"
  ln -s -t "$bake_work/links" -- "${names[@]}"
  (cd "$bake_work/links" && tar -cP --transform="flags=rSH;s,$us,/,g" --transform="flags=RHs;s,.*,$target," -- *) |
    tar -xP --no-same-owner
  printf 'linked: %s\n' "${links[@]}"
}

database=/etc/pki/nssdb
if [ -e "$database/cert9.db" ] && command -v certutil > /dev/null; then
  bake_keep "$database/cert9.db"
  for file in '/usr/local/share/ca-certificates'/bakery-*; do
    name=${file##*/}
    printf -- '-A -d sql:%s -n %s -t C,, -a -i %s\n' "$database" "${name%.*}" "$file"
  done > "$bake_work/batch"
  certutil -B -d "sql:$database" -i "$bake_work/batch"
  printf 'added: %s\n' "$database"
else
  printf 'absent: no NSS database of the system, or no certutil\n'
fi

bake_reached=yes
