#!/bin/bash
# bake: {"kind":"row","id":"parallelcluster-kept"}
bake_id='parallelcluster-kept'
. /opt/bakery/lib/row.sh || exit 1
bad=
wrong() {
  printf 'wrong: %s\n' "$*"
  bad=yes
}
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
  # Nodes run scripts from /tmp.
  if [ -r /etc/fstab ]; then
    while read -r _ where _ options _; do
      if [ "$where" = /tmp ]; then case ,$options, in *,noexec,*) wrong '/etc/fstab mounts /tmp noexec' ;; esac; fi
    done < /etc/fstab
  fi
  # Ignore the exit status of grep: it is 2 if one of the files is missing.
  options=$(grep -hs '^Options=.*noexec' /etc/systemd/system/tmp.mount /etc/systemd/system/tmp.mount.d/* || true)
  if [ -n "$options" ]; then wrong "tmp.mount mounts /tmp noexec: $options"; fi
  if grep -s '^SELINUX=enforcing' /etc/selinux/config; then
    wrong 'SELinux is enforcing: ParallelCluster switches it off'
  fi
  [ -z "$bad" ] || fail 'nodes of this image would not start properly'
}
bake_judge
