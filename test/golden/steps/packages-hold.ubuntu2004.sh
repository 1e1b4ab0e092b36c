#!/bin/bash
# bake: {"kind":"step","id":"packages-hold","family":["apt-mark","dpkg-query"],"root":true}
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
  printf 'bake-report step %s %s - %s\n' 'packages-hold' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Not in /tmp: some images mount it noexec, and it is cleaned by others.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

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

# Every installed package: name, version with architecture.
package_list() {
  dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}.${Architecture}\n' |
    awk '$1 == "installed" { print $2, $3 }'
}
held=$(package_list | awk -v held='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core|libibverbs.*|ibverbs-.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|gdrdrv.*|libgdrapi.*|slurm.*|munge.*|libmunge.*|site-held.*)$' '$1 ~ held { print $1 }' | sort -u)
if [ -n "$held" ]; then
  mapfile -t list <<< "$held"
  apt-mark hold "${list[@]}"
fi
# Holds are for what is installed; this is for kernels that are not.
printf '# Written by bake: ParallelCluster is built against the kernel that is there.\nPackage: %s\nPin: version *\nPin-Priority: -1\n' 'linux-aws* linux-generic* linux-headers* linux-image* linux-modules* linux-tools* linux-virtual* lustre-client-modules*' |
  bake_write /etc/apt/preferences.d/bakery-hold 644
# What the verify list looks for: this very step ran to its end.
printf '%s\n' 'f27b5ad4bede6c4956218377fadc5f09a792320ed95172588d14b1d448b7db7a' | bake_write '/opt/bakery/packages/packages-hold' 644

bake_reached=yes
