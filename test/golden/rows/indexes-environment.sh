#!/bin/bash
# bake: {"kind":"row","id":"indexes-environment","programs":["grep","sed"],"after":["indexes-environment"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='indexes-environment'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

check() {
bake_work=$(mktemp -d)
trap 'rm -rf -- "$bake_work"' EXIT
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
printf 'seen: %s\n' "${bake_plan[@]:4}"
names='PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_FIND_LINKS|PIP_TRUSTED_HOST|PIP_NO_INDEX|PIP_CONFIG_FILE|UV_INDEX|UV_DEFAULT_INDEX|UV_INDEX_URL|UV_EXTRA_INDEX_URL|UV_FIND_LINKS|UV_INSECURE_HOST|UV_CONFIG_FILE|UV_NO_CONFIG|CONDA_CHANNEL_ALIAS|CONDA_CHANNELS|CONDA_DEFAULT_CHANNELS|CONDA_SSL_VERIFY|CONDARC|MAMBA_CHANNEL_ALIAS|MAMBA_CHANNELS|MAMBA_DEFAULT_CHANNELS|MAMBA_SSL_VERIFY|MAMBARC|npm_config_registry|npm_config_globalconfig|npm_config_userconfig|npm_config_cafile|npm_config_strict_ssl|NPM_CONFIG_REGISTRY|NPM_CONFIG_GLOBALCONFIG|NPM_CONFIG_USERCONFIG|NPM_CONFIG_CAFILE|NPM_CONFIG_STRICT_SSL|R_PROFILE|SPACK_SYSTEM_CONFIG_PATH|SPACK_DISABLE_LOCAL_CONFIG|GIT_CONFIG_SYSTEM|GIT_CONFIG_NOSYSTEM|GIT_CONFIG_GLOBAL|CONTAINERS_REGISTRIES_CONF|REGISTRIES_CONFIG_PATH'
if grep -nE "\\b($names)\\b" /dev/null "${bake_plan[@]:4}"; then fail 'a variable overrules the files'; fi
}

bake_outcome=failed
bake_output=$(
  set -e
  exec 2>&1 < /dev/null
  check
  printf '\nreached'
)
bake_status=$?
if [ "$bake_status" -eq 0 ] && [ "${bake_output##*$'\n'}" = reached ]; then
  bake_outcome=passed bake_output=${bake_output%$'\n'reached}
elif [ "$bake_status" -eq 0 ]; then
  bake_status=70
fi
# Evidence is no report, whatever it holds; the end of it is what matters where it is long.
bake_output=${bake_output//bake-report/bake_report}
printf '%s\n' "${bake_output:0:20000}"
if [ "${#bake_output}" -gt 2000 ]; then bake_output=${bake_output: -2000}; fi
trap - EXIT
bake_text=$(printf '%s' "$bake_output" | base64 | tr -d '\n')
printf 'bake-report row %s %s - %s\n' "$bake_id" "$bake_outcome" "${bake_text:--}"
[ "$bake_status" -eq 0 ] || exit 1
