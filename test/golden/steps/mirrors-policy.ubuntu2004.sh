#!/bin/bash
# bake: {"kind":"step","id":"mirrors-policy","programs":["sed"]}
bake_id='mirrors-policy'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and it is cleaned by others.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

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

# Before files are written that are all ours: those that were not there are remembered, by step, for an undo; the others
# kept.
bake_own() {
  local each known=$'\n' added=''
  local -a foreign=()
  if [ -e opt/bakery/added/'mirrors-policy' ]; then known+=$(< opt/bakery/added/'mirrors-policy')$'\n'; fi
  for each in "$@"; do
    case "$known" in *$'\n'"$each"$'\n'*) continue ;; esac
    if [ -f "$each" ] && [ ! -L "$each" ]; then foreign+=("$each"); continue; fi
    if [ -e "$each" ] || [ -L "$each" ]; then continue; fi
    added+=$each$'\n'
  done
  if [ "${#foreign[@]}" -gt 0 ]; then bake_keep "${foreign[@]}"; fi
  if [ "$added" = '' ]; then return 0; fi
  printf '%s' "${known#$'\n'}$added" | bake_write "$bake_top/opt/bakery/added/"'mirrors-policy' 644
}

# Files are changed in place: written in full below /etc (the file system they are on), then renamed.
bake_stage=/etc/.bakery-stage
bake_unstage() {
  local status=$?
  rm -rf -- "$bake_stage"
  return "$status"
}
trap 'bake_unstage && bake_end || bake_end' EXIT

# Fills bake_files with the files among the arguments, links followed, each once.
bake_collect() {
  local each known=$'\n'
  local -a found=()
  bake_files=()
  for each in "$@"; do
    if [ -f "$each" ]; then found+=("$each"); fi
  done
  if [ "${#found[@]}" -eq 0 ]; then return 0; fi
  readlink -z -f -- "${found[@]}" > "$bake_work/paths"
  while IFS= read -r -d '' each; do
    each=${each#"$bake_top/"}
    case "$known" in *$'\n'"$each"$'\n'*) continue ;; esac
    known+=$each$'\n'
    bake_files+=("$each")
  done < "$bake_work/paths"
}

# Copies of bake_files to write into, with their owners and modes.
bake_copy() {
  rm -rf -- "$bake_stage"
  mkdir -m 700 -- "$bake_stage"
  cp -a --parents -t "$bake_stage" -- "${bake_files[@]}"
}

# Puts the copies that differ in place of bake_files: one rename a folder.
bake_swap() {
  local old new folder index=0
  local -a changed=() batch=()
  local -A folders=()
  sha256sum -- "${bake_files[@]}" > "$bake_work/old"
  (cd -- "$bake_stage" && sha256sum -- "${bake_files[@]}") > "$bake_work/new"
  while IFS= read -r old <&3 && IFS= read -r new <&4; do
    if [ "$old" = "$new" ]; then
      printf 'as it should be: /%s\n' "${bake_files[index]}"
    else
      printf 'rewritten: /%s\n' "${bake_files[index]}"
      changed+=("${bake_files[index]}")
      folders["${bake_files[index]%/*}"]=yes
    fi
    index=$((index + 1))
  done 3< "$bake_work/old" 4< "$bake_work/new"
  if [ "${#changed[@]}" -eq 0 ]; then return 0; fi
  sync -f -- "$bake_stage" 2> /dev/null || sync
  for folder in "${!folders[@]}"; do
    batch=()
    for new in "${changed[@]}"; do
      if [ "${new%/*}" = "$folder" ]; then batch+=("$bake_stage/$new"); fi
    done
    mv -f -t "$folder" -- "${batch[@]}"
  done
}

# cloud-init would write the public sources again on every new instance (cc_apt_configure); it reads these files in the
# order of their names, and the last one wins.
bake_own etc/cloud/cloud.cfg.d/zz-bakery-apt.cfg etc/apt/apt.conf.d/99bakery-periodic
bake_write /etc/cloud/cloud.cfg.d/zz-bakery-apt.cfg 644 <<'BAKE_DATA'
# Written by bake: the sources of this image point at the mirror, and a node does not change at its first boot.
apt:
  preserve_sources_list: true
package_update: false
package_upgrade: false
BAKE_DATA
bake_write /etc/apt/apt.conf.d/99bakery-periodic 644 <<'BAKE_DATA'
// Written by bake: a node does not change by itself.
APT::Periodic::Enable "0";
APT::Periodic::Update-Package-Lists "0";
APT::Periodic::Download-Upgradeable-Packages "0";
APT::Periodic::Unattended-Upgrade "0";
BAKE_DATA
printf 'written: %s\n' /etc/cloud/cloud.cfg.d/zz-bakery-apt.cfg /etc/apt/apt.conf.d/99bakery-periodic

# Masked, as systemctl would, but without a systemd that runs.
units=( 'etc/systemd/system/apt-daily.timer' 'etc/systemd/system/apt-daily.service' 'etc/systemd/system/apt-daily-upgrade.timer' 'etc/systemd/system/apt-daily-upgrade.service' 'etc/systemd/system/apt-news.service' 'etc/systemd/system/esm-cache.service' 'etc/systemd/system/motd-news.timer' 'etc/systemd/system/motd-news.service' 'etc/systemd/system/ua-timer.timer' 'etc/systemd/system/update-notifier-download.timer' 'etc/systemd/system/update-notifier-motd.timer' 'etc/systemd/system/fwupd-refresh.timer' 'etc/systemd/system/snapd.snap-repair.timer' )
mkdir -p etc/systemd/system
bake_own "${units[@]}"
for unit in "${units[@]}"; do
  if [ -f "$unit" ] && [ ! -L "$unit" ]; then rm -f -- "$unit"; fi
  if [ ! -c "$unit" ]; then ln -sfn /dev/null "$unit"; fi
done
printf 'masked: %s\n' "${units[@]##*/}"

# The news of the login message and the question for a newer release go to Canonical's hosts (general knowledge).
bake_collect etc/default/motd-news etc/update-manager/release-upgrades
if [ "${#bake_files[@]}" -gt 0 ]; then
  bake_keep "${bake_files[@]}"
  bake_copy
  (cd -- "$bake_stage" && sed -i -E -e 's/^([[:space:]]*ENABLED[[:space:]]*=).*/\10/' \
    -e 's/^([[:space:]]*Prompt[[:space:]]*=).*/\1never/' -- "${bake_files[@]}")
  bake_swap
fi

# Snaps (the SSM agent is one) stay at what was baked. Older snapd knows no --hold, only a date.
if [ -S /run/snapd.socket ] && command -v snap > /dev/null; then
  snap refresh --hold || snap set system refresh.hold=2099-01-01T00:00:00Z
fi

bake_reached=yes
