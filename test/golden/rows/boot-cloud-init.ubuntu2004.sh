#!/bin/bash
# bake: {"kind":"row","id":"boot-cloud-init"}
bake_id='boot-cloud-init'
. /opt/bakery/lib/row.sh || exit 1
# Prints `KEY ITEM` for the lists that decide what cloud-init does; the last file that has a key decides.
settings() {
  # shellcheck disable=SC2016 # awk's own
  awk '
    function add(text,   n, i, parts) {
      gsub(/[][",\047]/, " ", text)
      n = split(text, parts, " ")
      for (i = 1; i <= n; i++) if (parts[i] !~ /^(name:|always|once.*|-)$/) items[key] = items[key] key " " parts[i] "\n"
    }
    /^[ \t]*(#|$)/ { next }
    { sub(/[ \t]#.*/, "") }
    /^[A-Za-z_]+:/ {
      key = $1; sub(/:.*/, "", key); sub(/^[^:]*:/, "")
      if (key ~ /^(datasource_list|cloud_(init|config|final)_modules|users|allow_userdata)$/) { items[key] = key " :\n"; add($0) } else key = ""
      next
    }
    key != "" && /^[ \t]*-/ { sub(/-/, ""); add($0) }
    END { for (key in items) printf "%s", items[key] }' "$@" | tr -- - _
}
# needs KEYS ITEMS WHY: if the key is set, one of the items must be in it.
needs() {
  if grep -qE "^($1) " <<< "$set" && ! grep -qE "^($1) ($2)\$" <<< "$set"; then wrong "$1 lacks $2: $3"; fi
}
check() {
  local set off='switches cloud-init off' none=/dev/null
  shopt -s nullglob
  if [ -e /etc/cloud/cloud-init.disabled ]; then wrong "/etc/cloud/cloud-init.disabled $off"; fi
  if boot_options | grep -x 'cloud-init=disabled'; then wrong "a kernel option $off"; fi
  if grep -sE '^policy:[[:space:]]*disabled' /etc/cloud/ds-identify.cfg; then wrong "ds-identify $off"; fi
  if grep -s '^datasource:' /etc/cloud/ds-identify.cfg | grep -v Ec2; then wrong 'ds-identify does not look for Ec2'; fi
  if [ -f /etc/cloud/cloud.cfg ]; then none=/etc/cloud/cloud.cfg; fi
  set=$(settings "$none" /etc/cloud/cloud.cfg.d/*.cfg)
  printf '%s\n' "$set"
  needs datasource_list Ec2 'it finds no user data'
  needs allow_userdata '[Tt]rue|yes' 'it ignores the user data'
  needs users 'default|''ubuntu' 'nobody can log in'
  needs 'cloud_(init|config)_modules' write_files 'the bootstrap script is not written'
  needs 'cloud_(init|config)_modules' users_groups 'nobody can log in'
  needs 'cloud_(init|config)_modules' ssh 'nobody can log in'
  needs cloud_final_modules scripts_user 'the user data does not run'
}
bake_judge
