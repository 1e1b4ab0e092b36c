#!/bin/bash
# bake: {"kind":"step","id":"packages-install","family":["yum","rpm"],"root":true,"network":true}
bake_id='packages-install'
. /opt/bakery/lib/step.sh || exit 1
# For these calls only: exclude other kernels and newer versions of held packages.
excludes=$(rpm -qa --qf '%{NAME}\n' | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' '$0 ~ held' | sort -u | tr '\n' ',')
pm() {
  'yum' -y --exclude="$excludes"'kernel*,kmod-*,redhat-release*,rocky-release*,rocky-repos*,system-release*' "$@" < /dev/null
}
pm install \
  'site-tool'
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '51ac2592be06cd9c1443658d5af3dd7f5ea5854961fe085f8c05ac563f4c3e16' | bake_write '/opt/bakery/packages/packages-install' 644

bake_reached=yes
