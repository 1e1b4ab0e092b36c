#!/bin/bash
# bake: {"kind":"row","id":"boot-blockers","programs":["systemctl"]}
bake_id='boot-blockers'
. /opt/bakery/lib/row.sh || exit 1
shopt -s nullglob
# blocker UNIT FILES BLOCKS ALLOWS WHY
blocker() {
  # shellcheck disable=SC2206 # patterns
  local files=($2 /dev/null)
  if [ "$(SYSTEMD_OFFLINE=1 systemctl is-enabled -- "$1" 2> /dev/null)" != enabled ]; then return 0; fi
  printf '%s is enabled\n' "$1"
  if [ -n "$3" ] && ! grep -qsE -- "$3" "${files[@]}"; then return 0; fi
  if ! grep -qsE -- "$4" "${files[@]}"; then wrong "$1 is enabled: $5"; fi
}
check() {
  blocker 'firewalld.service' '/etc/firewalld/firewalld.conf /etc/firewalld/zones/* /etc/firewalld/services/* /etc/firewalld/direct.xml' '' '68(1[7-9])|target="ACCEPT"|^DefaultZone=trusted' 'it drops the connections of Slurm (ports 6817 to 6819) and NFS (2049) between nodes'
  blocker 'ufw.service' '/etc/ufw/ufw.conf /etc/ufw/user.rules /etc/default/ufw' '^ENABLED="?yes' '68(1[7-9])|^DEFAULT_INPUT_POLICY="?ACCEPT' 'it drops the connections of Slurm (ports 6817 to 6819) and NFS (2049) between nodes'
  blocker 'nftables.service' '/etc/nftables.conf /etc/sysconfig/nftables.conf /etc/nftables/*' '^[^#]*(drop|reject)' '68(1[7-9])' 'it drops the connections of Slurm (ports 6817 to 6819) and NFS (2049) between nodes'
  blocker 'iptables.service' '/etc/sysconfig/iptables /etc/iptables/rules.v4' '^:INPUT DROP|^[^#]*-j (DROP|REJECT)' '68(1[7-9])' 'it drops the connections of Slurm (ports 6817 to 6819) and NFS (2049) between nodes'
  blocker 'netfilter-persistent.service' '/etc/sysconfig/iptables /etc/iptables/rules.v4' '^:INPUT DROP|^[^#]*-j (DROP|REJECT)' '68(1[7-9])' 'it drops the connections of Slurm (ports 6817 to 6819) and NFS (2049) between nodes'
  blocker 'fapolicyd.service' '/etc/fapolicyd/fapolicyd.conf /etc/fapolicyd/fapolicyd.trust /etc/fapolicyd/trust.d/* /etc/fapolicyd/rules.d/*' '' '^permissive *= *1|/opt/(slurm|parallelcluster)' 'it forbids Slurm, Cinc and the Python environments below /opt, which belong to no package'
}
bake_judge
