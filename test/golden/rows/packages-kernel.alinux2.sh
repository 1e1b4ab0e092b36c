#!/bin/bash
# bake: {"kind":"row","id":"packages-kernel","family":["rpm"],"after":["packages-before"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='packages-kernel'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

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
before=/opt/bakery/packages.before
check() {
  [ -f "$before" ] || fail "there is no $before: nobody looked before the first change"
  read -r _ was modules <<< "$(sed -n 2p "$before")"
  kernel=$(boot_kernel)
  printf 'boots: %s\nbefore: %s with %s\n' "${kernel:-no kernel here}" "$was" "${modules:-none of the modules}"
  if [ -z "$kernel" ]; then
    [ "$was" = - ] || fail "there is no kernel any more"
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

bake_outcome=failed
bake_output=$(
  set -e
  exec 2>&1 < /dev/null
  check
  printf '\nreached'
)
bake_status=$?
if [ "$bake_status" -eq 0 ] && [ "${bake_output##*$'\n'}" = reached ]; then
  bake_outcome=passed bake_output=${bake_output%$'\n'reached}
elif [ "$bake_status" -eq 0 ]; then
  bake_status=70
fi
# Evidence is no report, whatever it holds; the end of it is what matters where it is long.
bake_output=${bake_output//bake-report/bake_report}
printf '%s\n' "${bake_output:0:20000}"
if [ "${#bake_output}" -gt 2000 ]; then bake_output=${bake_output: -2000}; fi
trap - EXIT
bake_text=$(printf '%s' "$bake_output" | base64 | tr -d '\n')
printf 'bake-report row %s %s - %s\n' "$bake_id" "$bake_outcome" "${bake_text:--}"
[ "$bake_status" -eq 0 ] || exit 1
