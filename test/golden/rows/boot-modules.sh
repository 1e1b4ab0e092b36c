#!/bin/bash
# bake: {"kind":"row","id":"boot-modules","programs":["modprobe"]}
bake_id='boot-modules'
. /opt/bakery/lib/row.sh || exit 1
# Prints the kernel that will boot: the default of the boot loader, else the newest kernel.
boot_kernel() {
  local file=''
  if command -v grubby > /dev/null; then file=$(grubby --default-kernel 2> /dev/null || true); fi
  if [ -z "$file" ]; then file=$(compgen -G '/boot/vmlinuz-*' | grep -v rescue | sort -V | tail -n 1 || true); fi
  file=${file##*/}
  printf '%s' "${file#vmlinuz-}"
}
# Lists the modules of ParallelCluster that kernel $1 has.
kernel_modules() {
  if [ ! -e "/lib/modules/$1/modules.dep" ]; then return 0; fi
  awk '{ sub(/:.*/, ""); sub(/.*[\/]/, ""); sub(/[.]ko.*/, "") } /^(lustre|efa|nvidia|gdrdrv)$/' \
    "/lib/modules/$1/modules.dep" | sort -u
}
# modules NAMES WHY
modules() {
  local name line
  for name in $1; do
    line=$(grep -E "^(install|blacklist) $name( |\$)" <<< "$settings" | grep -vE '[ /](modprobe|insmod) ' | head -n 1 || true)
    if [ -n "$line" ]; then wrong "$line: $2"; fi
    if [[ ,$options, == *,"$name",* || ,$options, == *,"${name//_/-}",* ]]; then wrong "a kernel option blocks $name: $2"; fi
    # The modules that it depends on may have install commands, too.
    if [ -n "$kernel" ] && line=$(modprobe -n -v -S "$kernel" -- "$name" 2> /dev/null | grep -E '^install .*/(false|true)$'); then
      wrong "modprobe $name runs ${line#install }: $2"
    fi
  done
}
check() {
  local settings options kernel
  # The lines of all files that modprobe reads, with underscores in names.
  settings=$(modprobe -c | grep -E '^(install|blacklist) ' || true)
  kernel=$(boot_kernel)
  printf '%s\nboots: %s\n' "$settings" "${kernel:-no kernel here}"
  options=$(boot_options | sed -nE 's/^(modprobe[.]blacklist|module_blacklist|rd[.]driver[.]blacklist)=//p' | tr '\n' ,)
  modules 'ena nvme nvme_core' 'no network and no disks on Nitro instances'
  modules 'nfs nfsv4 sunrpc lockd grace nfs_acl' '/home, /opt/slurm, EFS and other NFS file systems are not mounted'
  modules 'nfsd auth_rpcgss' 'head: the NFS server does not start'
  modules 'lustre lnet libcfs ptlrpc obdclass ksocklnd' 'FSx for Lustre is not mounted'
  modules 'efa ib_core ib_uverbs' 'compute: instances have no EFA'
  modules 'nvidia nvidia_uvm nvidia_modeset gdrdrv' 'GPU instances have no driver'
  modules 'ip_tables iptable_filter nf_tables xt_owner nft_compat' 'head, login: the recipe that protects the instance metadata fails'
  if [ -r /etc/fstab ]; then
    modules "$(awk '!/^[ \t]*#/ && $4 && $3 !~ /^(auto|swap|none|tmpfs)$/ && $4 !~ /nofail|noauto/ { print $3 }' /etc/fstab)" 'a file system of /etc/fstab is not mounted'
  fi
  if boot_options | grep -xE 'module[.]sig_enforce(=1)?|lockdown=.*'; then wrong 'a kernel option refuses modules without a signature'; fi
  if grep -qsE '^[[:space:]]*kernel[./]modules_disabled[[:space:]]*=[[:space:]]*1' /etc/sysctl.conf /{etc,usr/lib}/sysctl.d/*.conf; then
    wrong 'sysctl kernel.modules_disabled forbids all modules'
  fi
}
bake_judge
