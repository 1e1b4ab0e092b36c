#!/bin/bash
# bake: {"kind":"row","id":"boot-mounts"}
bake_id='boot-mounts'
. /opt/bakery/lib/row.sh || exit 1
# Prints `WHERE OPTIONS` of /etc/fstab and of mount units (systemd.mount(5): the name of a unit is its path).
mounts() {
  local file where
  if [ -r /etc/fstab ]; then awk '!/^[ \t]*#/ && $4 { print $2, $4 }' /etc/fstab; fi
  for file in /etc/systemd/system/*.mount /etc/systemd/system/*.mount.d/*.conf; do
    where=${file#/etc/systemd/system/}
    where=${where%%.mount*}
    if [ -f "$file" ]; then sed -nE "s|^Options=|/${where//-//} |p" "$file"; fi
  done
}
# mounted OPTION FOLDERS WHY
mounted() {
  local where
  for where in $2; do
    if grep -qE "^$where (.*,)?$1(,|\$)" <<< "$found"; then wrong "$where is mounted $1: $3"; fi
  done
}
check() {
  local found
  found=$(mounts)
  printf '%s\n' "$found"
  mounted 'noexec' '/tmp' 'compute: the user data runs its bootstrap script from /tmp'
  mounted 'noexec' '/tmp' 'login: the user data runs its bootstrap script from /tmp'
  mounted 'noexec' '/var /var/lib /var/lib/cloud' 'cloud-init runs the scripts of the user data from /var/lib/cloud'
  mounted 'noexec' '/var /var/spool' 'compute: slurmd runs the scripts of jobs from /var/spool/slurmd'
  mounted 'noexec' '/ /opt /opt/parallelcluster /usr /usr/local' 'Cinc, Slurm and the Python environments cannot run'
  mounted 'nosuid' '/ /usr' 'sudo and munge cannot change their user'
}
bake_judge
