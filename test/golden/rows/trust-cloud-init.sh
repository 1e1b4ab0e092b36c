#!/bin/bash
# bake: {"kind":"row","id":"trust-cloud-init","programs":["grep"],"after":["trust-anchors"]}
bake_id='trust-cloud-init'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  files=(/etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg)
  [ -e "${files[0]}" ] || files=("${files[@]:1}")
  [ "${#files[@]}" -gt 0 ] || { printf 'absent: no configuration of cloud-init\n'; return 0; }
  # Matches all spellings of true in YAML.
  if grep -HniE "^[^#]*remove[-_]defaults[\"']?[[:space:]]*:[[:space:]]*[\"']?(true|yes|on|y|1)\b" "${files[@]}"; then
    fail 'cloud-init would delete the anchors on every new instance'
  fi
  printf 'keeps the anchors: %s\n' "${files[@]}"
}
bake_judge
