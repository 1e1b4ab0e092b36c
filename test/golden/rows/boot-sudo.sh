#!/bin/bash
# bake: {"kind":"row","id":"boot-sudo","programs":["sudo","visudo"],"root":true}
bake_id='boot-sudo'
. /opt/bakery/lib/row.sh || exit 1
# Prints `FLAG VALUE` for the Defaults that hold for user $1: those of the user win over those of everybody.
flags_of() {
  # shellcheck disable=SC2016 # awk's own
  awk -v user="$1" '
    /\\$/ { sub(/\\$/, ""); held = held $0; next }
    { $0 = held $0; held = "" }
    /^[ \t]*Defaults([ \t]|:)/ {
      sub(/^[ \t]*Defaults[ \t]*/, "")
      special = sub(/^:[ \t]*/, "")
      if (special) {
        if ($1 != "ALL" && ("," $1 ",") !~ ("," user ",")) next
        sub(/^[^ \t]*/, "")
      }
      gsub(/"[^"]*"/, "x"); sub(/[ \t]#.*/, ""); gsub(/[ \t]/, "")
      n = split($0, parts, ",")
      for (i = 1; i <= n; i++) {
        value = sub(/^!+/, "", parts[i]) ? "off" : "on"
        if (index(parts[i], "=")) { value = parts[i]; sub(/^[^=]*=/, "", value); sub(/[-+]?=.*/, "", parts[i]) }
        if (special) own[parts[i]] = value; else all[parts[i]] = value
      }
    }
    END { for (part in own) all[part] = own[part]; for (part in all) print part, all[part] }' "${files[@]}"
}
# flag FLAG USERS WHY
flag() {
  local name value=on
  case $1 in '!'*) value=off ;; esac
  for name in $2; do
    if flags_of "$name" | grep -x "${1#!} $value"; then wrong "Defaults $1 holds for $name: $3"; fi
  done
}
check() {
  local name files=(/etc/sudoers)
  shopt -s nullglob
  [ -u "$(command -v sudo)" ] || wrong 'sudo is not set-user-ID'
  # With -f it does not judge modes: ParallelCluster's own files have 0600, which sudo accepts and visudo does not.
  visudo -c -f /etc/sudoers 2>&1 || wrong 'sudo rejects its rules'
  grep -qE '^[[:space:]]*[#@]includedir[[:space:]]+/etc/sudoers[.]d/?[[:space:]]*$' /etc/sudoers ||
    wrong "/etc/sudoers does not include /etc/sudoers.d, where ParallelCluster puts its rules"
  # sudo skips names with a dot or a final ~.
  for name in /etc/sudoers.d/*; do case ${name##*/} in *.* | *~) ;; *) files+=("$name") ;; esac; done
  flag 'requiretty' 'pcluster-admin slurm root' 'daemons have no terminal'
  flag 'noexec' 'pcluster-admin slurm root' 'programs that sudo starts may start no other program'
  flag '!root_sudo' 'pcluster-admin slurm root' 'head: recipes call sudo as root'
  flag 'ignore_local_sudoers' 'pcluster-admin slurm root' 'sudo ignores ParallelCluster'\''s rules in /etc/sudoers.d'
  if flags_of root | grep -E '^umask 0*[57][57]$'; then wrong 'Defaults umask: the daemons cannot read what sudo writes'; fi
  # The last rule that matches wins; rules of ParallelCluster are in 99-parallelcluster-*.
  for name in "${files[@]}"; do
    if [ "$name" = /etc/sudoers ]; then
      sed '1,/^[[:space:]]*[#@]includedir/d' "$name"
    elif [[ ${name##*/} > 99-parallelcluster ]]; then
      grep '' "$name" || true
    fi
  done | { grep -E '^[[:space:]]*ALL[[:space:]]+ALL[[:space:]]*=' || true; } | grep -v NOPASSWD &&
    wrong 'a later rule for ALL replaces those of ParallelCluster'
  true
}
bake_judge
