#!/bin/bash
# bake: {"kind":"step","id":"packages-remove","family":["apt-get","dpkg-query"],"root":true}
bake_id='packages-remove'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=y APT_LISTCHANGES_FRONTEND=none
# For these calls only: pin away other kernels and newer versions of held packages.
if [ -e /etc/apt/preferences ]; then cat /etc/apt/preferences > "$bake_work/preferences"; fi
held=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' |
  awk -v held='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core|libibverbs.*|ibverbs-.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|gdrdrv.*|libgdrapi.*|slurm.*|munge.*|libmunge.*|site-held.*)$' '$1 == "installed" && $2 ~ held { print $2 }' | sort -u | tr '\n' ' ')
printf '\nPackage: %s\nPin: version *\nPin-Priority: -1\n' 'linux-aws* linux-generic* linux-headers* linux-image* linux-modules* linux-tools* linux-virtual* lustre-client-modules*' ${held:+"$held"} >> "$bake_work/preferences"
apt_get() {
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    -o Dir::Etc::Preferences="$bake_work/preferences" "$@" < /dev/null
}
# apt refuses names that no source knows, so pass only installed packages.
wanted=$(dpkg-query -W -f='${db:Status-Status} ${Package} ${Package}:${Architecture}\n' |
  awk -v names=' ''site-games'' ' '
    $1 == "installed" && (index(names, " " $2 " ") || index(names, " " $3 " ")) { print $2 }' | sort -u)
if [ -n "$wanted" ]; then
  mapfile -t list <<< "$wanted"
  plan=$(apt_get -s remove "${list[@]}")
  if awk -v needed='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core|libibverbs.*|ibverbs-.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|gdrdrv.*|libgdrapi.*|slurm.*|munge.*|libmunge.*|site-held.*|amazon-cloudwatch-agent|amazon-ssm-agent|apt|bash|ca-certificates|chrony|cloud-init.*|coreutils|curl|dkms|dpkg|gcc|grub.*|gzip|initramfs-tools.*|iproute2|libc6|make|mawk|netplan[.]io|nfs-common|openssh.*|openssl|passwd|python3|snapd|sudo|systemd.*|tar|util-linux)$' '$1 == "Remv" && $2 ~ needed { print "ParallelCluster needs", $2; bad = 1 } END { exit !bad }' <<< "$plan" >&2; then
    exit 1
  fi
  apt_get remove "${list[@]}"
fi
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '0fb7a17302c67d1db8c449770b092e13d1aab84d738162efac90476dbc94c9bc' | bake_write '/opt/bakery/packages/packages-remove' 644

bake_reached=yes
