#!/bin/bash
# bake: {"kind":"step","id":"packages-remove","family":["dnf","rpm"],"root":true}
bake_id='packages-remove'
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
  printf '%s %s\n' "$have" "$newest" | bake_write '/opt/bakery/packages/packages-remove'-release 644
}
wanted=$(rpm -qa --qf '%{NAME} %{NAME}.%{ARCH}\n' | awk -v names=' ''site-games'' ' '
  index(names, " " $1 " ") || index(names, " " $2 " ") { print $1 }' | sort -u)
if [ -n "$wanted" ]; then
  mapfile -t list <<< "$wanted"
  needed=$(rpm -qa --qf '%{NAME}\n' | awk -v needed='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*|NetworkManager|amazon-cloudwatch-agent|amazon-ssm-agent|bash|ca-certificates|chrony|cloud-init.*|coreutils.*|curl.*|dkms|dnf|dracut.*|gawk|gcc|glibc|grub2.*|gzip|iproute|make|nfs-utils|openssh.*|openssl.*|passwd|python3|rpm|shadow-utils|sudo|systemd.*|tar|util-linux.*|yum)$' '$0 ~ needed' | sort -u | tr '\n' ',')
  # The package manager then refuses to remove these as dependants of another package.
  pm --setopt=protected_packages="${needed}"'dnf' --setopt=clean_requirements_on_remove=0 remove "${list[@]}"
fi
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '282ddb665317fa3379072b2c492a928aac9af854c6d291d88af0471d36b7a58b' | bake_write '/opt/bakery/packages/packages-remove' 644

bake_reached=yes
