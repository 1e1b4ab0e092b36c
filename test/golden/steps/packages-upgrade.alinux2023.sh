#!/bin/bash
# bake: {"kind":"step","id":"packages-upgrade","family":["dnf","rpm"],"root":true,"network":true}
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
bake_reached=no
bake_end() {
  local status=$? outcome=failed text
  trap - EXIT
  if [ -n "${bake_work:-}" ]; then rm -rf -- "$bake_work"; fi
  # 194 asks Image Builder to reboot and to run this step again: it has not ended yet.
  if [ "$status" -eq 194 ]; then exit 194; fi
  if [ "$status" -eq 0 ] && [ "$bake_reached" = yes ]; then
    outcome=passed text=-
  else
    text=$(printf 'exit status %s' "$status" | base64 | tr -d '\n')
    if [ "$status" -eq 0 ]; then status=70; fi
  fi
  printf 'bake-report step %s %s - %s\n' 'packages-upgrade' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Standard input becomes file $1 with mode $2: whole or not at all.
bake_write() {
  local temp
  mkdir -p -- "$(dirname -- "$1")"
  temp=$(mktemp -- "$1.XXXXXX")
  cat > "$temp"
  chmod -- "$2" "$temp"
  sync -- "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
}

# For these calls alone: no other kernel, and installed packages that must not move have no newer version.
excludes=$(rpm -qa --qf '%{NAME}\n' | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' '$0 ~ held' | sort -u | tr '\n' ',')
pm() {
  'dnf' -y --exclude="$excludes"'kernel*,kmod-*,redhat-release*,rocky-release*,rocky-repos*,system-release*' "$@" < /dev/null
}
errata=$('dnf' -q updateinfo list all < /dev/null)
if [ -z "$errata" ]; then
  printf 'no repository carries errata (updateinfo): upgrade: security would do nothing\n' >&2
  exit 1
fi
# Not the newest of everything at any price: what needs a held package waits.
pm --nobest upgrade --security
# What the verify list looks for: this very step ran to its end.
printf '%s\n' '3d2f659f6722985f7c488d60e5e92f566f444f7f6b8f178bab903662e5d27e35' | bake_write '/opt/bakery/packages/packages-upgrade' 644

bake_reached=yes
