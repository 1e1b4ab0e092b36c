#!/bin/bash
# bake: {"kind":"row","id":"boot-units","programs":["systemctl"]}
bake_id='boot-units'
. /opt/bakery/lib/row.sh || exit 1
# Reads the files, also where no systemd runs.
state_of() { SYSTEMD_OFFLINE=1 systemctl is-enabled -- "$1" 2> /dev/null || true; }
# unit STATE NAMES WHY: names joined by | are alternatives.
unit() {
  local each name state found masked enabled usable
  for each in $2; do
    found='' masked='' enabled='' usable=''
    for name in ${each//|/ }; do
      state=$(state_of "$name")
      case $state in
        '' | not-found) continue ;;
        masked*) masked+="$name is masked " ;;
        disabled) usable=yes ;;
        *) usable=yes enabled=yes ;;
      esac
      found+="$name is $state "
    done
    if [ -z "$found" ]; then continue; fi
    printf '%s\n' "$found"
    case $1$usable$enabled in
      startable*) if [ -n "$masked" ]; then wrong "$masked($3)"; fi ;;
      one-startable | enabled | enabledyes) wrong "$found($3)" ;;
    esac
  done
}
check() {
  unit 'enabled' 'cloud-init-local.service cloud-init-main.service cloud-init.service|cloud-init-network.service cloud-config.service cloud-final.service cloud-config.target cloud-init.target' 'cloud-init does not run the user data that makes an instance a node'
  unit 'startable' 'network-online.target' 'cloud-init and slurmd start before the network is up'
  unit 'one-startable' 'NetworkManager.service|systemd-networkd.service|network.service|networking.service' 'the node has no network'
  unit 'enabled' 'sshd.service|ssh.service|ssh.socket' 'nobody can log in, and MPI cannot start processes'
  unit 'startable' 'sshd.service|ssh.service' 'nobody can log in, and MPI cannot start processes'
  unit 'startable' 'supervisord.service' 'the recipe that starts ParallelCluster'\''s daemons fails'
  unit 'startable' 'munge.service' 'Slurm cannot authenticate the node'
  unit 'startable' 'chronyd.service' 'the recipe that enables Amazon Time Sync fails'
  unit 'startable' 'amazon-cloudwatch-agent.service' 'the recipe that starts the CloudWatch agent fails'
  unit 'startable' 'setup-ephemeral.service' 'the recipe that mounts the instance store fails'
  unit 'startable' 'sssd.service' 'the recipe of a DirectoryService fails'
  unit 'startable' 'parallelcluster_nvidia.service|nvidia-fabricmanager.service|gdrcopy.service|gdrdrv.service' 'the recipe of GPU instances fails'
  unit 'startable' 'slurmd.service' 'compute: the node never joins its cluster'
  unit 'startable' 'slurmctld.service' 'head: the cluster has no scheduler'
  unit 'startable' 'slurmdbd.service' 'head: the recipe of Slurm accounting fails'
  unit 'startable' 'parallelcluster-iptables.service' 'head, login: the recipe that protects the instance metadata fails'
  unit 'startable' 'nfs-server.service|nfs-kernel-server.service|nfs-mountd.service|proc-fs-nfsd.mount' 'head: it does not export /home and /opt/slurm to the other nodes'
  unit 'startable' 'rpcbind.service|rpcbind.socket' 'head: its NFSv3 server does not start'
  target=$(SYSTEMD_OFFLINE=1 systemctl get-default 2> /dev/null || true)
  case $target in '' | multi-user.target | graphical.target) ;; *) wrong "the image boots to $target" ;; esac
}
bake_judge
