#!/bin/bash
# bake: {"kind":"step","id":"packages-upgrade","family":["apt-get","dpkg-query"],"root":true,"network":true}
bake_id='packages-upgrade'
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
# Only the -security suites offer upgrades: packages of other archives get a lower priority than the installed ones.
archives=$(apt-cache policy | awk '$1 == "release" {
  archive = ""
  count = split($2, part, ",")
  for (i = 1; i <= count; i++) if (part[i] ~ /^a=/) archive = substr(part[i], 3)
  if (archive != "" && archive != "now") print archive
}' | sort -u)
if ! grep -E -- '-security$' <<< "$archives"; then
  printf 'no package source is a -security suite: upgrade: security would do nothing\n' >&2
  exit 1
fi
{ grep -v -E -- '-security$' <<< "$archives" || true; } |
  awk '{ printf "\nPackage: *\nPin: release a=%s\nPin-Priority: 50\n", $1 }' >> "$bake_work/preferences"
apt_get upgrade --with-new-pkgs
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '7a6cf1d32bb5cf2a016a9d7df494a0fed7273ba48be2a203088b7f1536ca28b5' | bake_write '/opt/bakery/packages/packages-upgrade' 644

bake_reached=yes
