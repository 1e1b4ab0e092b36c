#!/bin/bash
# bake: {"kind":"step","id":"packages-before","family":["rpm"]}
bake_id='packages-before'
. /opt/bakery/lib/step.sh || exit 1
# The kernel that will boot: what the boot loader says, else the newest one.
boot_kernel() {
  local file=''
  if command -v grubby > /dev/null; then file=$(grubby --default-kernel 2> /dev/null || true); fi
  if [ -z "$file" ]; then file=$(compgen -G '/boot/vmlinuz-*' | grep -v rescue | sort -V | tail -n 1 || true); fi
  file=${file##*/}
  printf '%s' "${file#vmlinuz-}"
}
# Which of ParallelCluster's modules kernel $1 has.
kernel_modules() {
  if [ ! -e "/lib/modules/$1/modules.dep" ]; then return 0; fi
  awk '{ sub(/:.*/, ""); sub(/.*[\/]/, ""); sub(/[.]ko.*/, "") } /^(lustre|efa|nvidia|gdrdrv)$/' \
    "/lib/modules/$1/modules.dep" | sort -u
}
# Every installed package: name, version with architecture.
package_list() {
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
before=/opt/bakery/packages.before
release="bootstrapped $(cat /opt/parallelcluster/.bootstrapped 2> /dev/null || true)"
# A step that was killed and runs again must not take what it moved for what was there.
if [ -e "$before" ] && [ "$(head -n 1 "$before")" = "$release" ]; then
  printf 'recorded earlier: %s\n' "$before"
else
  packages=$(package_list | sort)
  kernel=$(boot_kernel)
  modules=$(kernel_modules "$kernel" | tr '\n' ' ')
  printf '%s\nkernel %s %s\n%s\n' "$release" "${kernel:--}" "$modules" "$packages" | bake_write "$before" 644
  printf 'kernel %s: %s\n' "${kernel:--}" "$modules"
fi
# What the verify list looks for: this very step ran to its end.
printf '%s\n' '94607f4575b2283ae5593c4c4c48c7ceffb7cbb640df5fafa3bd2dff836f6711' | bake_write '/opt/bakery/packages/packages-before' 644

bake_reached=yes
