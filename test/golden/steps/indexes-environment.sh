#!/bin/bash
# bake: {"kind":"step","id":"indexes-environment","programs":["grep","sed"]}
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
  printf 'bake-report step %s %s - %s\n' 'indexes-environment' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Not in /tmp: some images mount it noexec, and it is cleaned by others.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# What one awk process over all files is to do: settings and files in the order of its arguments.
shopt -s nullglob
bake_plan=() bake_count=0
declare -A bake_target=()
printf '\n' > "$bake_work/none"
bake_homes=(/root /home/*)
if [ -r /etc/passwd ]; then
  while IFS=: read -r _ _ _ _ _ home _; do bake_homes+=("${home%/}"); done < /etc/passwd
fi
# bake_setting FORM KEYS OWN FOUND LINES BESIDE: see src/image/indexes/setting.ts
bake_setting() {
  local own=() specs=() patterns=() path spec before has file home
  IFS=' ' read -r -a own <<< "$3"
  IFS=' ' read -r -a specs <<< "$4"
  IFS=' ' read -r -a patterns <<< "$6"
  bake_count=$((bake_count + 1))
  printf '%s' "$5" > "$bake_work/ours.$bake_count"
  bake_plan+=("form=$1" "keys=$2" "ours=$bake_work/ours.$bake_count")
  local IFS=
  for spec in ${specs[@]:+"${specs[@]}"}; do
    before=${spec%%|*} file=${spec##*|} has=${spec#*|} has=${has%|*}
    for path in $before$has; do
      if [ -e "$path" ]; then own+=("${path%"$has"}$file"); fi
    done
  done
  for path in ${own[@]:+"${own[@]}"}; do bake_own "$path"; done
  bake_plan+=(target=)
  for spec in ${patterns[@]:+"${patterns[@]}"}; do
    if [ "${spec:0:2}" != @/ ]; then
      for path in $spec; do bake_beside "$path"; done
      continue
    fi
    for home in "${bake_homes[@]}"; do
      for path in "$home"/${spec:2}; do bake_beside "$path"; done
    done
  done
}
bake_own() {
  local path=$1
  if [ -L "$path" ]; then path=$(readlink -m -- "$path"); fi
  if [ -n "${bake_target[$path]:-}" ]; then return 0; fi
  bake_target[$path]=yes
  bake_plan+=("target=$path")
  if [ -s "$path" ]; then bake_plan+=("$path"); else bake_plan+=("$bake_work/none"); fi
}
bake_beside() {
  if [ ! -f "$1" ] || [ ! -s "$1" ] || [ -n "${bake_target[$1]:-}" ]; then return 0; fi
  bake_target[$1]=yes
  bake_plan+=("$1")
}

bake_setting tail '' '' '' '' '/etc/environment /etc/environment.d/*.conf /etc/profile /etc/profile.d/* /etc/bashrc /etc/bash.bashrc /etc/csh.cshrc /etc/csh.login /etc/zshenv /etc/zshrc /etc/zsh/* /etc/systemd/system.conf /etc/systemd/system.conf.d/*.conf /etc/systemd/user.conf.d/*.conf /etc/systemd/system/*.service.d/*.conf /etc/sysconfig/* /etc/default/* @/.bashrc @/.bash_profile @/.profile @/.zshrc @/.zshenv @/.cshrc @/.config/environment.d/*.conf'
names='PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_FIND_LINKS|PIP_TRUSTED_HOST|PIP_NO_INDEX|PIP_CONFIG_FILE|UV_INDEX|UV_DEFAULT_INDEX|UV_INDEX_URL|UV_EXTRA_INDEX_URL|UV_FIND_LINKS|UV_INSECURE_HOST|UV_CONFIG_FILE|UV_NO_CONFIG|CONDA_CHANNEL_ALIAS|CONDA_CHANNELS|CONDA_DEFAULT_CHANNELS|CONDA_SSL_VERIFY|CONDARC|MAMBA_CHANNEL_ALIAS|MAMBA_CHANNELS|MAMBA_DEFAULT_CHANNELS|MAMBA_SSL_VERIFY|MAMBARC|npm_config_registry|npm_config_globalconfig|npm_config_userconfig|npm_config_cafile|npm_config_strict_ssl|NPM_CONFIG_REGISTRY|NPM_CONFIG_GLOBALCONFIG|NPM_CONFIG_USERCONFIG|NPM_CONFIG_CAFILE|NPM_CONFIG_STRICT_SSL|R_PROFILE|SPACK_SYSTEM_CONFIG_PATH|SPACK_DISABLE_LOCAL_CONFIG|GIT_CONFIG_SYSTEM|GIT_CONFIG_NOSYSTEM|GIT_CONFIG_GLOBAL|CONTAINERS_REGISTRIES_CONF|REGISTRIES_CONFIG_PATH'
hits="$bake_work/hits"
grep -lE "\\b($names)\\b" /dev/null "${bake_plan[@]:4}" > "$hits" || true
mapfile -t files < "$hits"
if [ "${#files[@]}" -gt 0 ]; then
  copies=()
  for file in "${files[@]}"; do copies+=("/opt/bakery/originals$file"); done
  mkdir -p -- "${copies[@]%/*}"
  awk 'FNR == 1 { copy = "/opt/bakery/originals" FILENAME; there = (getline old < copy) >= 0; close(copy) }
    !there { gsub(/:\/\/[^\/@ ]*@/, "://"); print > copy }' "${files[@]}"
  grep -nE "\\b($names)\\b" /dev/null "${files[@]}" | sed -E 's#://[^/@ ]*@#://#g; s/^/switched off: /'
  # The name alone: a line less could leave a script with an empty branch, another name cannot.
  sed -i --follow-symlinks -E "s/\\b($names)\\b/BAKERY_OFF_\\1/g" -- "${files[@]}"
  sync
fi
printf 'looked at %s files\n' "$((${#bake_plan[@]} - 4))"

bake_reached=yes
