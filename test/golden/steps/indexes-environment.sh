#!/bin/bash
# bake: {"kind":"step","id":"indexes-environment","programs":["grep","sed"],"after":["settings-reader"]}
bake_id='indexes-environment'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# shellcheck disable=SC2034 # settings.sh uses it
bake_direct=''
bake_plan=()
# shellcheck disable=SC2034
declare -A bake_target=()
# shellcheck source=/dev/null
. /opt/bakery/lib/settings.sh
bake_setting tail '' '' '' '' '/etc/environment /etc/environment.d/*.conf /etc/profile /etc/profile.d/* /etc/bashrc /etc/bash.bashrc /etc/csh.cshrc /etc/csh.login /etc/zshenv /etc/zshrc /etc/zsh/* /etc/systemd/system.conf /etc/systemd/system.conf.d/*.conf /etc/systemd/user.conf.d/*.conf /etc/systemd/system/*.service.d/*.conf /etc/sysconfig/* /etc/default/* @/.bashrc @/.bash_profile @/.profile @/.zshrc @/.zshenv @/.cshrc @/.config/environment.d/*.conf'
names='PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_FIND_LINKS|PIP_TRUSTED_HOST|PIP_NO_INDEX|PIP_CONFIG_FILE|UV_INDEX|UV_DEFAULT_INDEX|UV_INDEX_URL|UV_EXTRA_INDEX_URL|UV_FIND_LINKS|UV_INSECURE_HOST|UV_CONFIG_FILE|UV_NO_CONFIG|CONDARC|CONDA_CHANNEL_ALIAS|CONDA_CHANNELS|CONDA_DEFAULT_CHANNELS|CONDA_SSL_VERIFY|MAMBARC|MAMBA_CHANNEL_ALIAS|MAMBA_CHANNELS|MAMBA_DEFAULT_CHANNELS|MAMBA_SSL_VERIFY|npm_config_registry|npm_config_globalconfig|npm_config_userconfig|npm_config_cafile|npm_config_strict_ssl|NPM_CONFIG_REGISTRY|NPM_CONFIG_GLOBALCONFIG|NPM_CONFIG_USERCONFIG|NPM_CONFIG_CAFILE|NPM_CONFIG_STRICT_SSL|R_PROFILE|SPACK_SYSTEM_CONFIG_PATH|SPACK_DISABLE_LOCAL_CONFIG|GIT_CONFIG_SYSTEM|GIT_CONFIG_NOSYSTEM|GIT_CONFIG_GLOBAL|CONTAINERS_REGISTRIES_CONF|REGISTRIES_CONFIG_PATH'
hits="$bake_work/hits"
grep -lE "\\b($names)\\b" /dev/null "${bake_plan[@]:4}" > "$hits" || true
mapfile -t files < "$hits"
if [ "${#files[@]}" -gt 0 ]; then
  copies=()
  for file in "${files[@]}"; do copies+=("/opt/bakery/originals$file"); done
  mkdir -p -- "${copies[@]%/*}"
  awk 'FNR == 1 { copy = "/opt/bakery/originals" FILENAME; there = (getline old < copy) >= 0; close(copy) }
    !there { gsub(/:\/\/[^\/@ ]*@/, "://"); print > copy }' "${files[@]}"
  grep -nE "\\b($names)\\b" /dev/null "${files[@]}" | sed -E 's#://[^/@ ]*@#://#g; s/^/disabled: /'
  # Rename the variable and keep the line: without it, a script could have an empty branch.
  sed -i --follow-symlinks -E "s/\\b($names)\\b/BAKERY_OFF_\\1/g" -- "${files[@]}"
  sync
fi
printf 'checked %s files\n' "$((${#bake_plan[@]} - 4))"

bake_reached=yes
