#!/bin/bash
# bake: {"kind":"step","id":"packages-upgrade","family":["dnf","rpm"],"root":true,"network":true}
bake_id='packages-upgrade'
. /opt/bakery/lib/step.sh || exit 1
# For these calls only: exclude other kernels and newer versions of held packages.
excludes=$(rpm -qa --qf '%{NAME}\n' | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' '$0 ~ held' | sort -u | tr '\n' ',')
pm() {
  'dnf' -y --exclude="$excludes"'kernel*,kmod-*,redhat-release*,rocky-release*,rocky-repos*,system-release*' "$@" < /dev/null
}
# Records the release package: its version in this image, and the newest version that the repositories have of the same
# major release.
record_release() {
  have=$(rpm -q --qf '%{VERSION}\n' 'redhat-release' | sort -V | tail -n 1)
  offered=$('dnf' -q --disableexcludes=all repoquery --qf '%{version}\n' 'redhat-release' < /dev/null | awk -F . -v major="${have%%.*}" '$1 == major')
  newest=$(printf '%s\n%s\n' "$have" "$offered" | sort -V | tail -n 1)
  printf '%s %s\n' "$have" "$newest" | bake_write '/opt/bakery/packages/packages-upgrade'-release 644
}
# Metadata from before the bake may be older than the updates.
pm --refresh makecache
errata=$('dnf' -q updateinfo list all < /dev/null)
if [ -z "$errata" ]; then
  printf 'no repository carries errata (updateinfo): upgrade: security would do nothing\n' >&2
  exit 1
fi
# Skip upgrades that need a newer version of a held package.
pm --nobest upgrade --security
# Ask again: what the same repositories would still upgrade is missing from the image.
left=$(LC_ALL=C pm --assumeno --nobest upgrade --security 2>&1) || true
case $left in
  *'Operation aborted'*) ;;
  *'Nothing to do'*) left='' ;;
  *) printf '%s\n' "$left" >&2; exit 1 ;;
esac
printf '%s' "$left" | bake_write '/opt/bakery/packages/packages-upgrade'-left 644
record_release
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' 'a01a2ee77907a177b3c7c34dd4b0330ed9f89bc04fc4959b876c7acc088631b6' | bake_write '/opt/bakery/packages/packages-upgrade' 644

bake_reached=yes
