#!/bin/bash
# bake: {"kind":"step","id":"packages-before","family":["rpm"]}
bake_id='packages-before'
. /opt/bakery/lib/step.sh || exit 1
# Prints the kernel that will boot: the default of the boot loader, else the newest kernel.
boot_kernel() {
  local file=''
  if command -v grubby > /dev/null; then file=$(grubby --default-kernel 2> /dev/null || true); fi
  if [ -z "$file" ]; then file=$(compgen -G '/boot/vmlinuz-*' | grep -v rescue | sort -V | tail -n 1 || true); fi
  file=${file##*/}
  printf '%s' "${file#vmlinuz-}"
}
# Lists the modules of ParallelCluster that kernel $1 has.
kernel_modules() {
  if [ ! -e "/lib/modules/$1/modules.dep" ]; then return 0; fi
  awk '{ sub(/:.*/, ""); sub(/.*[\/]/, ""); sub(/[.]ko.*/, "") } /^(lustre|efa|nvidia|gdrdrv)$/' \
    "/lib/modules/$1/modules.dep" | sort -u
}
# Lists installed packages: name, then version with architecture.
package_list() {
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
before=/opt/bakery/packages.before
release="bootstrapped $(cat /opt/parallelcluster/.bootstrapped 2> /dev/null || true)"
# If a killed step runs again, it must not record packages that it has already changed.
if [ -e "$before" ] && [ "$(head -n 1 "$before")" = "$release" ]; then
  printf 'recorded earlier: %s\n' "$before"
else
  packages=$(package_list | sort)
  kernel=$(boot_kernel)
  modules=$(kernel_modules "$kernel" | tr '\n' ' ')
  printf '%s\nkernel %s %s\n%s\n' "$release" "${kernel:--}" "$modules" "$packages" | bake_write "$before" 644
  printf 'kernel %s: %s\n' "${kernel:--}" "$modules"
fi
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '6185f6da92531ab41d6e3284e4b0f0bc9c9f154fea657327bb70a873b98eede7' | bake_write '/opt/bakery/packages/packages-before' 644

bake_reached=yes
