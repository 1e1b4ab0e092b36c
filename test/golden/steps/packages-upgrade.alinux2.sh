#!/bin/bash
# bake: {"kind":"step","id":"packages-upgrade","family":["yum","rpm"],"root":true,"network":true}
bake_id='packages-upgrade'
. /opt/bakery/lib/step.sh || exit 1
# For these calls only: exclude other kernels and newer versions of held packages.
excludes=$(rpm -qa --qf '%{NAME}\n' | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' '$0 ~ held' | sort -u | tr '\n' ',')
pm() {
  'yum' -y --exclude="$excludes"'kernel*,kmod-*,redhat-release*,rocky-release*,rocky-repos*,system-release*' "$@" < /dev/null
}
# Metadata from before the bake may be older than the updates.
pm clean expire-cache
errata=$('yum' -q updateinfo list all < /dev/null)
if [ -z "$errata" ]; then
  printf 'no repository carries errata (updateinfo): upgrade: security would do nothing\n' >&2
  exit 1
fi
# Skip upgrades that need a newer version of a held package.
pm --skip-broken update --security
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '243487f29b9bddbb20143463acb0e914535bfb9c8807efc4ea5b564c4c70bcdb' | bake_write '/opt/bakery/packages/packages-upgrade' 644

bake_reached=yes
