#!/bin/bash
# bake: {"kind":"step","id":"mirrors-policy","programs":["sed"]}
bake_id='mirrors-policy'
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

# Changes files atomically: writes them in full below /etc, which is on the same file system, then renames them.
bake_stage=/etc/.bakery-stage
bake_unstage() {
  local status=$?
  rm -rf -- "$bake_stage"
  return "$status"
}
trap 'bake_unstage && bake_end || bake_end' EXIT

# Fills bake_files with the regular files among the arguments: links are followed, each file is listed once.
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

# Copies bake_files, with owners and modes, to the folder where they are edited.
bake_copy() {
  rm -rf -- "$bake_stage"
  mkdir -m 700 -- "$bake_stage"
  cp -a --parents -t "$bake_stage" -- "${bake_files[@]}"
}

# Replaces bake_files by the copies that differ, with one mv per folder.
bake_swap() {
  local old new folder index=0
  local -a changed=() batch=()
  local -A folders=()
  sha256sum -- "${bake_files[@]}" > "$bake_work/old"
  (cd -- "$bake_stage" && sha256sum -- "${bake_files[@]}") > "$bake_work/new"
  while IFS= read -r old <&3 && IFS= read -r new <&4; do
    if [ "$old" = "$new" ]; then
      printf 'unchanged: /%s\n' "${bake_files[index]}"
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

# Without this file cloud-init writes the public sources again on every new instance (cc_apt_configure). It reads the
# files in the order of their names, and the last one wins.
bake_own etc/cloud/cloud.cfg.d/zz-bakery-apt.cfg etc/apt/apt.conf.d/99bakery-periodic
bake_write /etc/cloud/cloud.cfg.d/zz-bakery-apt.cfg 644 <<'BAKE_DATA'
# Written by bake: keeps the mirror's sources, and installs no packages at the first boot of a node.
apt:
  preserve_sources_list: true
package_update: false
package_upgrade: false
BAKE_DATA
bake_write /etc/apt/apt.conf.d/99bakery-periodic 644 <<'BAKE_DATA'
// Written by bake: a node installs no updates by itself.
APT::Periodic::Enable "0";
APT::Periodic::Update-Package-Lists "0";
APT::Periodic::Download-Upgradeable-Packages "0";
APT::Periodic::Unattended-Upgrade "0";
BAKE_DATA
printf 'written: %s\n' /etc/cloud/cloud.cfg.d/zz-bakery-apt.cfg /etc/apt/apt.conf.d/99bakery-periodic

# Like systemctl mask, which needs a running systemd.
units=( 'etc/systemd/system/apt-daily.timer' 'etc/systemd/system/apt-daily.service' 'etc/systemd/system/apt-daily-upgrade.timer' 'etc/systemd/system/apt-daily-upgrade.service' 'etc/systemd/system/apt-news.service' 'etc/systemd/system/esm-cache.service' 'etc/systemd/system/motd-news.timer' 'etc/systemd/system/motd-news.service' 'etc/systemd/system/ua-timer.timer' 'etc/systemd/system/update-notifier-download.timer' 'etc/systemd/system/update-notifier-motd.timer' 'etc/systemd/system/fwupd-refresh.timer' 'etc/systemd/system/snapd.snap-repair.timer' )
mkdir -p etc/systemd/system
bake_own "${units[@]}"
for unit in "${units[@]}"; do
  if [ -f "$unit" ] && [ ! -L "$unit" ]; then rm -f -- "$unit"; fi
  if [ ! -c "$unit" ]; then ln -sfn /dev/null "$unit"; fi
done
printf 'masked: %s\n' "${units[@]##*/}"

# motd-news and the check for a newer release contact hosts of Canonical.
bake_collect etc/default/motd-news etc/update-manager/release-upgrades
if [ "${#bake_files[@]}" -gt 0 ]; then
  bake_keep "${bake_files[@]}"
  bake_copy
  (cd -- "$bake_stage" && sed -i -E -e 's/^([[:space:]]*ENABLED[[:space:]]*=).*/\10/' \
    -e 's/^([[:space:]]*Prompt[[:space:]]*=).*/\1never/' -- "${bake_files[@]}")
  bake_swap
fi

# Keeps snaps, such as the SSM agent, at their baked versions. Older snapd has no --hold and needs a date.
if [ -S /run/snapd.socket ] && command -v snap > /dev/null; then
  snap refresh --hold || snap set system refresh.hold=2099-01-01T00:00:00Z
fi

bake_reached=yes
