#!/bin/bash
# bake: {"kind":"step","id":"indexes","programs":["awk","sed"],"after":["settings-reader"]}
bake_id='indexes'
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
cat > "$bake_work/change.awk" <<'BAKE_AWK'
# In files that are not ours, single lines change. Files with the same change share one sed process.
function change(   i, script, new) {
  if (t == "") {
    for (i = 1; i <= w; i++) if (out[i] == "#" line[i]) script = script i "s/^/#/\n"
    else if (out[i] != line[i]) {
      new = out[i]; gsub(/[\\&|]/, "\\\\&", new); script = script i "s|.*|" new "|\n"
    }
    if (!(script in group_of)) { group_of[script] = ++groups; printf "%s", script > (work_in "/edit." groups) }
    print group_of[script] "\t" name_of > (work_in "/struck")
    return
  }
  print t > (work_in "/written"); new = t ".bake-new"
  for (i = 1; i <= w; i++) print out[i] > new
  close(new)
}
function struck(file, text) {
  sub(/:\/\/[^\/@ ]*@/, "://", text)
  printf "commented out in %s: %s\n", file, text
}
BAKE_AWK
cat > "$bake_work/original.awk" <<'BAKE_AWK'
# Keeps a copy of each file as it was before the first bake, without logins.
FNR == 1 { copy = "/opt/bakery/originals" FILENAME; there = (getline old < copy) >= 0; close(copy) }
!there && !/(_auth|[Pp]assw|[Tt]oken|[Ss]ecret|username)[A-Za-z]*["']?[ \t]*[=:]/ {
  gsub(/:\/\/[^\/@ ]*@/, "://"); print > copy
}
BAKE_AWK

bake_setting 'ini' 'index-url extra-index-url find-links trusted-host no-index' '/etc/pip.conf' '' 'index-url = https://mirror.corp.example/artifactory/api/pypi/pypi/simple' \
  '/etc/xdg/pip/pip.conf /etc/xdg/*/pip/pip.conf @/.pip/pip.conf @/.config/pip/pip.conf /usr/pip.conf /usr/local/pip.conf /opt/parallelcluster/pyenv/versions/*/pip.conf /opt/parallelcluster/pyenv/versions/*/envs/*/pip.conf /usr/local/pyenv/versions/*/pip.conf /usr/local/pyenv/versions/*/envs/*/pip.conf /root/.pyenv/versions/*/pip.conf /root/.pyenv/versions/*/envs/*/pip.conf /usr/local/aws/pip.conf /usr/local/aws-cli/v2/*/pip.conf /opt/*/pip.conf /opt/*/envs/*/pip.conf'
bake_setting 'toml' 'native-tls system-certs index index-url extra-index-url default-index find-links no-index allow-insecure-host' '/etc/uv/uv.toml' '/etc/xdg/|uv/uv.toml|uv/uv.toml' 'native-tls = true'$'\012''index = [{ url = "https://mirror.corp.example/artifactory/api/pypi/pypi/simple", default = true }]' \
  '@/.config/uv/uv.toml'
bake_setting 'yaml' 'channel_alias default_channels channels custom_channels custom_multichannels migrated_custom_channels whitelist_channels allowlist_channels ssl_verify restore_free_channel' '/etc/conda/.condarc' '' 'channel_alias: https://mirror.corp.example/artifactory/conda'$'\012''default_channels:'$'\012''  - https://mirror.corp.example/artifactory/conda/conda-forge'$'\012''channels:'$'\012''  - defaults'$'\012''ssl_verify: /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' \
  '/etc/conda/condarc /etc/conda/condarc.d/* /var/lib/conda/.condarc /var/lib/conda/condarc /var/lib/conda/condarc.d/* /opt/*/.condarc /opt/*/condarc /usr/local/*/.condarc /usr/local/*/condarc @/miniconda3/.condarc @/miniconda3/condarc @/anaconda3/.condarc @/anaconda3/condarc @/miniforge3/.condarc @/miniforge3/condarc @/mambaforge/.condarc @/mambaforge/condarc /opt/*/envs/*/.condarc /opt/parallelcluster/*/.condarc @/.condarc @/.mambarc @/.conda/.condarc @/.conda/condarc @/.config/conda/.condarc'
bake_setting 'npmrc' 'registry cafile ca strict-ssl' '/usr/local/etc/npmrc /usr/etc/npmrc /etc/npmrc' '/opt/*/|bin/npm|etc/npmrc /opt/*/*/|bin/npm|etc/npmrc /usr/local/*/|bin/npm|etc/npmrc' 'registry=https://mirror.corp.example/artifactory/api/npm/npm/'$'\012''cafile=/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' \
  '@/.npmrc @/etc/npmrc /usr/lib/node_modules/npm/npmrc /usr/local/lib/node_modules/npm/npmrc'
bake_setting 'tail' '' '/usr/lib64/R/etc/Rprofile.site' '/etc/R/||Rprofile.site /usr/lib/R/|etc/|etc/Rprofile.site /usr/lib64/R/|etc/|etc/Rprofile.site /usr/local/lib*/R/|etc/|etc/Rprofile.site /opt/R/*/lib*/R/|etc/|etc/Rprofile.site' 'options(repos = c(CRAN = "https://mirror.corp.example/artifactory/cran"))' \
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
: > "$bake_work/struck"; : > "$bake_work/written"
# Write our files beside the files that they replace, so that a rename replaces them atomically.
folders=()
for file in "${!bake_target[@]}"; do folders+=("${file%/*}"); done
if [ "${#folders[@]}" -gt 0 ]; then mkdir -p -- "${folders[@]}"; fi
awk -v work_in="$bake_work" -v none="$bake_work/none" -v mark='indexes' \
  -f "$bake_work/change.awk" -f /opt/bakery/lib/settings.awk "${bake_plan[@]}"

mapfile -t files < "$bake_work/written"
before=() edits=() existing=()
while IFS=$'\t' read -r number file; do
  edits[number]+=$file$'\n' before+=("$file")
done < "$bake_work/struck"
foreign=${#before[@]}
for file in ${files[@]:+"${files[@]}"}; do
  if [ -e "$file" ]; then existing+=("$file") before+=("$file"); fi
done
if [ "${#before[@]}" -gt 0 ]; then
  copies=()
  for file in "${before[@]}"; do copies+=("/opt/bakery/originals$file"); done
  mkdir -p -- "${copies[@]%/*}"
  awk -f "$bake_work/original.awk" "${before[@]}"
fi
for number in ${edits[@]:+"${!edits[@]}"}; do
  IFS=$'\n' read -r -d '' -a struck <<< "${edits[number]}" || true
  sed -i --follow-symlinks -f "$bake_work/edit.$number" -- "${struck[@]}"
  printf 'rewritten: %s\n' "${struck[@]}"
done
if [ "${#files[@]}" -gt 0 ]; then
  chmod 644 -- "${files[@]/%/.bake-new}"
  for file in ${existing[@]:+"${existing[@]}"}; do chmod --reference="$file" -- "$file.bake-new"; done
fi
sync
for file in ${files[@]:+"${files[@]}"}; do
  mv -fT -- "$file.bake-new" "$file"
  printf 'written: %s\n' "$file"
done
printf 'checked %s files: changed %s other files and %s of ours\n' \
  "${#bake_target[@]}" "$foreign" "${#files[@]}"

bake_reached=yes
