#!/bin/bash
# bake: {"kind":"row","id":"indexes-files","programs":["awk"],"after":["settings-reader","indexes"]}
bake_id='indexes-files'
. /opt/bakery/lib/row.sh || exit 1
check() {
  bake_work=$(mktemp -d)
  trap 'rm -rf -- "$bake_work"' EXIT
  cat > "$bake_work/change.awk" <<'BAKE_AWK'
# This check changes nothing: every change that the step would make is an error.
function change() { failed = 1; printf "FAILED: %s has unexpected content\n", (t == "" ? name_of : t) }
function struck(file, text) { gsub(/:\/\/[^\/@ ]*@/, "://", text); printf "BAD  %s: %s\n", file, text }
FNR == 1 { printf "seen %s\n", (target == "" ? FILENAME : target) }
BAKE_AWK
# shellcheck disable=SC2034 # settings.sh uses it
bake_direct=''
bake_plan=()
# shellcheck disable=SC2034
declare -A bake_target=()
# shellcheck source=/dev/null
. /opt/bakery/lib/settings.sh
  bake_setting 'ini' 'index-url extra-index-url find-links trusted-host no-index' '/etc/pip.conf' '' 'index-url = https://mirror.corp.example/artifactory/api/pypi/pypi/simple' \
    '/etc/xdg/pip/pip.conf /etc/xdg/*/pip/pip.conf @/.pip/pip.conf @/.config/pip/pip.conf /usr/pip.conf /usr/local/pip.conf /opt/parallelcluster/pyenv/versions/*/pip.conf /opt/parallelcluster/pyenv/versions/*/envs/*/pip.conf /usr/local/pyenv/versions/*/pip.conf /usr/local/pyenv/versions/*/envs/*/pip.conf /root/.pyenv/versions/*/pip.conf /root/.pyenv/versions/*/envs/*/pip.conf /usr/local/aws/pip.conf /usr/local/aws-cli/v2/*/pip.conf /opt/*/pip.conf /opt/*/envs/*/pip.conf'
  bake_setting 'toml' 'native-tls system-certs index index-url extra-index-url default-index find-links no-index allow-insecure-host' '/etc/uv/uv.toml' '/etc/xdg/|uv/uv.toml|uv/uv.toml' 'native-tls = true'$'\012''index = [{ url = "https://mirror.corp.example/artifactory/api/pypi/pypi/simple", default = true }]' \
    '@/.config/uv/uv.toml'
  bake_setting 'yaml' 'channel_alias default_channels channels custom_channels custom_multichannels migrated_custom_channels whitelist_channels allowlist_channels ssl_verify restore_free_channel' '/etc/conda/.condarc' '' 'channel_alias: https://mirror.corp.example/artifactory/conda'$'\012''default_channels:'$'\012''  - https://mirror.corp.example/artifactory/conda/conda-forge'$'\012''channels:'$'\012''  - defaults'$'\012''ssl_verify: /etc/ssl/certs/ca-certificates.crt' \
    '/etc/conda/condarc /etc/conda/condarc.d/* /var/lib/conda/.condarc /var/lib/conda/condarc /var/lib/conda/condarc.d/* /opt/*/.condarc /opt/*/condarc /usr/local/*/.condarc /usr/local/*/condarc @/miniconda3/.condarc @/miniconda3/condarc @/anaconda3/.condarc @/anaconda3/condarc @/miniforge3/.condarc @/miniforge3/condarc @/mambaforge/.condarc @/mambaforge/condarc /opt/*/envs/*/.condarc /opt/parallelcluster/*/.condarc @/.condarc @/.mambarc @/.conda/.condarc @/.conda/condarc @/.config/conda/.condarc'
  bake_setting 'npmrc' 'registry cafile ca strict-ssl' '/usr/local/etc/npmrc /usr/etc/npmrc /etc/npmrc' '/opt/*/|bin/npm|etc/npmrc /opt/*/*/|bin/npm|etc/npmrc /usr/local/*/|bin/npm|etc/npmrc' 'registry=https://mirror.corp.example/artifactory/api/npm/npm/'$'\012''cafile=/etc/ssl/certs/ca-certificates.crt' \
    '@/.npmrc @/etc/npmrc /usr/lib/node_modules/npm/npmrc /usr/local/lib/node_modules/npm/npmrc'
  bake_setting 'tail' '' '' '/etc/R/||Rprofile.site /usr/lib/R/|etc/|etc/Rprofile.site /usr/lib64/R/|etc/|etc/Rprofile.site /usr/local/lib*/R/|etc/|etc/Rprofile.site /opt/R/*/lib*/R/|etc/|etc/Rprofile.site' 'options(repos = c(CRAN = "https://mirror.corp.example/artifactory/cran"))' \
    ''
  bake_setting 'yaml' 'mirrors' '/etc/spack/mirrors.yaml' '' 'mirrors::'$'\012''  bakery: https://mirror.corp.example/artifactory/spack' \
    '/opt/spack/etc/spack/mirrors.yaml /opt/spack/etc/spack/site/mirrors.yaml /opt/*/spack/etc/spack/mirrors.yaml /opt/*/spack/etc/spack/site/mirrors.yaml /opt/*/*/spack/etc/spack/mirrors.yaml /opt/*/*/spack/etc/spack/site/mirrors.yaml /usr/local/spack/etc/spack/mirrors.yaml /usr/local/spack/etc/spack/site/mirrors.yaml /shared/spack/etc/spack/mirrors.yaml /shared/spack/etc/spack/site/mirrors.yaml @/spack/etc/spack/mirrors.yaml @/spack/etc/spack/site/mirrors.yaml @/.spack/mirrors.yaml'
  bake_setting 'git' 'https://github.com/ git@github.com: ssh://git@github.com/' '/etc/gitconfig' '' '[url "https://mirror.corp.example/git/github/"]'$'\012'$'\011''insteadOf = "https://github.com/"'$'\012'$'\011''insteadOf = "git@github.com:"'$'\012'$'\011''insteadOf = "ssh://git@github.com/"' \
    '@/.gitconfig @/.config/git/config /usr/local/etc/gitconfig /opt/*/etc/gitconfig'
  bake_setting 'whole' '' '/etc/containers/registries.conf.d/zz-bakery.conf' '' '# Written by bake: the mirror replaces these registries; the public ones are never contacted.'$'\012''unqualified-search-registries = ["docker.io", "ghcr.io"]'$'\012'$'\012''[[registry]]'$'\012''prefix = "docker.io"'$'\012''location = "mirror.corp.example/docker-hub"'$'\012'$'\012''[[registry]]'$'\012''prefix = "ghcr.io"'$'\012''location = "mirror.corp.example/ghcr"' \
    ''
  bake_setting 'whole' '' '/etc/containerd/certs.d/docker.io/hosts.toml' '' '# Written by bake.'$'\012''server = "https://mirror.corp.example/v2/docker-hub"'$'\012''override_path = true'$'\012'$'\012''[host."https://mirror.corp.example/v2/docker-hub"]'$'\012''  capabilities = ["pull", "resolve"]'$'\012''  override_path = true' \
    ''
  bake_setting 'whole' '' '/etc/containerd/certs.d/ghcr.io/hosts.toml' '' '# Written by bake.'$'\012''server = "https://mirror.corp.example/v2/ghcr"'$'\012''override_path = true'$'\012'$'\012''[host."https://mirror.corp.example/v2/ghcr"]'$'\012''  capabilities = ["pull", "resolve"]'$'\012''  override_path = true' \
    ''
  awk -v none="$bake_work/none" -v mark='indexes' \
    -f "$bake_work/change.awk" -f /opt/bakery/lib/settings.awk "${bake_plan[@]}"
}
bake_judge
