#!/bin/bash
# bake: {"kind":"step","id":"packages-install","family":["dnf","rpm"],"root":true,"network":true}
bake_id='packages-install'
. /opt/bakery/lib/step.sh || exit 1
# For these calls only: exclude other kernels and newer versions of held packages.
excludes=$(rpm -qa --qf '%{NAME}\n' | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' '$0 ~ held' | sort -u | tr '\n' ',')
pm() {
  'dnf' -y --exclude="$excludes"'kernel*,kmod-*,redhat-release*,rocky-release*,rocky-repos*,system-release*' "$@" < /dev/null
}
# Records the release package: its version in this image, and the newest version that the repositories have of the same
# major release.
record_release() {
  have=$(rpm -q --qf '%{VERSION}\n' 'rocky-release' | sort -V | tail -n 1)
  offered=$('dnf' -q --disableexcludes=all repoquery --qf '%{version}\n' 'rocky-release' < /dev/null | awk -F . -v major="${have%%.*}" '$1 == major')
  newest=$(printf '%s\n%s\n' "$have" "$offered" | sort -V | tail -n 1)
  printf '%s %s\n' "$have" "$newest" | bake_write '/opt/bakery/packages/packages-install'-release 644
}
pm install \
  'site-tool'
record_release
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '1c18048b5c0c696804f19dbc4e7e46dd23960be08c892152959b0741aaa40ba7' | bake_write '/opt/bakery/packages/packages-install' 644

bake_reached=yes
