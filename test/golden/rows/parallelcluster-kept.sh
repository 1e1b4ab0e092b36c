#!/bin/bash
# bake: {"kind":"row","id":"parallelcluster-kept"}
bake_id='parallelcluster-kept'
. /opt/bakery/lib/row.sh || exit 1
check() {
  for path in '/opt/cinc' '/etc/parallelcluster' '/usr/local/sbin/ami_cleanup.sh' ; do
    if [ -e "$path" ]; then printf 'exists: %s\n' "$path"; else wrong "$path is gone"; fi
  done
  while IFS=: read -r name _ id _; do
    case $id:$name in
      '400':'pcluster-admin') printf 'uid %s: %s\n' "$id" "$name" ;;
      '401':'slurm') printf 'uid %s: %s\n' "$id" "$name" ;;
      '402':'munge') printf 'uid %s: %s\n' "$id" "$name" ;;
      '403':'dcvextauth') printf 'uid %s: %s\n' "$id" "$name" ;;
      40[0-5]:*) wrong "uid $id belongs to $name: ParallelCluster assigns this uid" ;;
      *:'pcluster-admin') wrong "$name has uid $id, not" '400' ;;
      *:'slurm') wrong "$name has uid $id, not" '401' ;;
      *:'munge') wrong "$name has uid $id, not" '402' ;;
      *:'dcvextauth') wrong "$name has uid $id, not" '403' ;;
    esac
  done < /etc/passwd
  if grep -s '^SELINUX=enforcing' /etc/selinux/config; then
    wrong 'SELinux is enforcing: ParallelCluster switches it off'
  fi
}
bake_judge
