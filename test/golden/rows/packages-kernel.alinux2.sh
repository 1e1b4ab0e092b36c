#!/bin/bash
# bake: {"kind":"row","id":"packages-kernel","family":["rpm"],"after":["packages-before"]}
bake_id='packages-kernel'
. /opt/bakery/lib/row.sh || exit 1
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
before=/opt/bakery/packages.before
check() {
  [ -f "$before" ] || fail "$before is missing: the packages before the first change were not recorded"
  read -r _ was modules <<< "$(sed -n 2p "$before")"
  kernel=$(boot_kernel)
  printf 'boots: %s\nbefore: %s with %s\n' "${kernel:-no kernel here}" "$was" "${modules:-none of the modules}"
  if [ -z "$kernel" ]; then
    [ "$was" = - ] || fail "the kernel is gone"
    return 0
  fi
  [ -e "/lib/modules/$kernel/modules.dep" ] || fail "kernel $kernel has no modules: /lib/modules/$kernel/modules.dep"
  has=$(kernel_modules "$kernel")
  for module in $modules; do
    case $'\n'"$has"$'\n' in
      *$'\n'"$module"$'\n'*) ;;
      *) fail "kernel $kernel has no module $module" ;;
    esac
  done
}
bake_judge
