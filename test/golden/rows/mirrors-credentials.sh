#!/bin/bash
# bake: {"kind":"row","id":"mirrors-credentials","programs":["grep"],"after":["mirrors"]}
bake_id='mirrors-credentials'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  cd /
  local -a files=({opt/bakery/originals/,}etc/{yum.repos.d,yum/repos.d,distro.repos.d}/*.repo
    {opt/bakery/originals/,}etc/apt/{sources.lis[t],sources.list.d/*.list,sources.list.d/*.sources})
  [ "${#files[@]}" -gt 0 ] || fail 'there is no repository file'
  [ -d opt/bakery/originals ] || fail 'no original was recorded: the mirrors step did not run'
  printf 'read: /%s\n' "${files[@]}"
  if grep -l -i -E '://[^/[:space:]]*@|^[[:space:]]*[#;]*[[:space:]]*(proxy_)?(username|password)[[:space:]]*[=:]' -- "${files[@]}"; then
    fail 'these files contain a login'
  fi
}
bake_judge
