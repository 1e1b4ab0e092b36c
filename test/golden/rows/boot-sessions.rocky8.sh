#!/bin/bash
# bake: {"kind":"row","id":"boot-sessions"}
bake_id='boot-sessions'
. /opt/bakery/lib/row.sh || exit 1
# limit ITEM LEAST: the last hard limit of each domain counts.
limit() {
  local found
  # grep, unlike cat, ends each file with a newline.
  found=$({ grep -hs '' /etc/security/limits.conf /etc/security/limits.d/*.conf || true; } | awk -v item="$1" -v least="$2" -v users=" * "'rocky pcluster-admin slurm root'" " '
    ($2 == "hard" || $2 == "-") && $3 == item && index(users, " " $1 " ") { value[$1] = $4 }
    END { for (who in value) if (value[who] ~ /^[0-9]+$/ && value[who] < least) print who, item, value[who] }')
  if [ -n "$found" ]; then wrong "limit too low: $found (at least $2)"; fi
}
check() {
  # 027 is fine: ParallelCluster shares files through groups.
  local mask='0*[57][57][[:space:]]*([;#].*)?$' only='only root can read what' file
  shopt -s nullglob
  for file in /etc/profile /etc/profile.d/*.sh /etc/{bashrc,bash.bashrc} /root/.{bashrc,bash_profile,profile}; do
    if grep -sE "^([^#]*[;&[:space:]])?umask[[:space:]]+((u=[rwx]*,)?g=,o=|$mask)" "$file"; then
      wrong "$file: $only root writes in a login shell (su -, sudo -i)"
    fi
  done
  if grep -rqsE '^[^#]*pam_umask' /etc/pam.d; then
    if grep -sE "^UMASK[[:space:]]+$mask" /etc/login.defs || grep -rsE '^[^#]*pam_umask.*umask=0*[57][57]' /etc/pam.d; then
      wrong "pam_umask: $only sessions of sudo and su write"
    fi
  fi
  for file in /etc/systemd/system/{cloud-*,supervisord,slurm*,munge}.service{,.d/*.conf}; do
    if grep -sE '^UMask=[0-7]*[4-7]$' "$file"; then wrong "$file: $only this unit writes"; fi
  done
  limit 'nofile' '10000'
  limit 'nproc' '1024'
}
bake_judge
