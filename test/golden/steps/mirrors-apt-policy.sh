#!/bin/bash
# bake: {"kind":"step","id":"mirrors-apt-policy"}
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
  printf 'bake-report step %s %s - %s\n' 'mirrors-apt-policy' "$outcome" "$text"
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

# cloud-init would write the public sources again on every new instance (cc_apt_configure).
bake_write /etc/cloud/cloud.cfg.d/99-bakery-apt.cfg 644 <<'BAKE_DATA'
# Written by bake: the sources of this image point at the mirror.
apt:
  preserve_sources_list: true
BAKE_DATA
bake_write /etc/apt/apt.conf.d/99bakery-periodic 644 <<'BAKE_DATA'
// Written by bake: a node does not change by itself.
APT::Periodic::Enable "0";
APT::Periodic::Update-Package-Lists "0";
APT::Periodic::Unattended-Upgrade "0";
BAKE_DATA
printf 'written: %s\n' /etc/cloud/cloud.cfg.d/99-bakery-apt.cfg /etc/apt/apt.conf.d/99bakery-periodic

bake_reached=yes
