#!/bin/bash
# bake: {"kind":"row","id":"indexes-environment","programs":["grep","sed"],"after":["settings-reader","indexes-environment"]}
bake_id='indexes-environment'
. /opt/bakery/lib/row.sh || exit 1
check() {
  bake_work=$(mktemp -d)
  trap 'rm -rf -- "$bake_work"' EXIT
# shellcheck disable=SC2034 # settings.sh uses it
bake_direct=''
bake_plan=()
# shellcheck disable=SC2034
declare -A bake_target=()
# shellcheck source=/dev/null
. /opt/bakery/lib/settings.sh
  bake_setting tail '' '' '' '' '/etc/environment /etc/environment.d/*.conf /etc/profile /etc/profile.d/* /etc/bashrc /etc/bash.bashrc /etc/csh.cshrc /etc/csh.login /etc/zshenv /etc/zshrc /etc/zsh/* /etc/systemd/system.conf /etc/systemd/system.conf.d/*.conf /etc/systemd/user.conf.d/*.conf /etc/systemd/system/*.service.d/*.conf /etc/sysconfig/* /etc/default/* @/.bashrc @/.bash_profile @/.profile @/.zshrc @/.zshenv @/.cshrc @/.config/environment.d/*.conf'
  printf 'seen: %s\n' "${bake_plan[@]:4}"
  names='PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_FIND_LINKS|PIP_TRUSTED_HOST|PIP_NO_INDEX|PIP_CONFIG_FILE|UV_INDEX|UV_DEFAULT_INDEX|UV_INDEX_URL|UV_EXTRA_INDEX_URL|UV_FIND_LINKS|UV_INSECURE_HOST|UV_CONFIG_FILE|UV_NO_CONFIG|CONDARC|CONDA_CHANNEL_ALIAS|CONDA_CHANNELS|CONDA_DEFAULT_CHANNELS|CONDA_SSL_VERIFY|MAMBARC|MAMBA_CHANNEL_ALIAS|MAMBA_CHANNELS|MAMBA_DEFAULT_CHANNELS|MAMBA_SSL_VERIFY|npm_config_registry|npm_config_globalconfig|npm_config_userconfig|npm_config_cafile|npm_config_strict_ssl|NPM_CONFIG_REGISTRY|NPM_CONFIG_GLOBALCONFIG|NPM_CONFIG_USERCONFIG|NPM_CONFIG_CAFILE|NPM_CONFIG_STRICT_SSL|R_PROFILE|SPACK_SYSTEM_CONFIG_PATH|SPACK_DISABLE_LOCAL_CONFIG|GIT_CONFIG_SYSTEM|GIT_CONFIG_NOSYSTEM|GIT_CONFIG_GLOBAL|CONTAINERS_REGISTRIES_CONF|REGISTRIES_CONFIG_PATH'
  if grep -nE "\\b($names)\\b" /dev/null "${bake_plan[@]:4}"; then fail 'a variable overrides the files'; fi
}
bake_judge
