#!/bin/bash
# bake: {"kind":"step","id":"packages-hold","family":["apt-mark","dpkg-query"],"root":true}
bake_id='packages-hold'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# Lists installed packages: name, then version with architecture.
package_list() {
  dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}.${Architecture}\n' |
    awk '$1 == "installed" { print $2, $3 }'
}
held=$(package_list | awk -v held='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core|libibverbs.*|ibverbs-.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|gdrdrv.*|libgdrapi.*|slurm.*|munge.*|libmunge.*|site-held.*)$' '$1 ~ held { print $1 }' | sort -u)
if [ -n "$held" ]; then
  mapfile -t list <<< "$held"
  apt-mark hold "${list[@]}"
fi
# apt-mark hold applies to installed packages; this pin also applies to other kernels.
printf '# Written by bake: ParallelCluster is built for the installed kernel.\nPackage: %s\nPin: version *\nPin-Priority: -1\n' 'linux-aws* linux-generic* linux-headers* linux-image* linux-modules* linux-tools* linux-virtual* lustre-client-modules*' |
  bake_write /etc/apt/preferences.d/bakery-hold 644
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' 'e0dd20aefa7d50c5ad9055c26905c818c8f410628d8dca99cc4410ac0a977b28' | bake_write '/opt/bakery/packages/packages-hold' 644

bake_reached=yes
