#!/bin/bash
# bake: {"kind":"step","id":"packages-install","family":["apt-get","dpkg-query"],"root":true,"network":true}
bake_id='packages-install'
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
# By default apt-get update exits with 0 and uses old lists if a source fails. apt 2.0 ignores Error-Mode, so its output
# decides.
apt_get -o APT::Update::Error-Mode=any update 2>&1 | tee "$bake_work/update"
if grep -E '^(Err:|E:|W: (Failed|An error|GPG))' "$bake_work/update" > /dev/null; then
  printf 'a package source could not be read\n' >&2
  exit 1
fi
apt_get install \
  'site-tool'
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' 'cf8bc48d4e3e80761f5173cb61124cf7fbf7474ea5d1f420693b31bd73625c6a' | bake_write '/opt/bakery/packages/packages-install' 644

bake_reached=yes
