#!/bin/bash
# bake: {"kind":"row","id":"packages-hold","family":["apt-mark","dpkg-query"],"after":["packages-hold"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='packages-hold'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# Every installed package: name, version with architecture.
package_list() {
  dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}.${Architecture}\n' |
    awk '$1 == "installed" { print $2, $3 }'
}
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-hold' 2> /dev/null)" = 'f27b5ad4bede6c4956218377fadc5f09a792320ed95172588d14b1d448b7db7a' ] || fail "the step did not run to its end, or another one did: "'/opt/bakery/packages/packages-hold'
}
check() {
  ran_to_its_end
  have=$(package_list) || fail 'the packages cannot be listed'
  holds=$(apt-mark showhold) || fail 'apt-mark cannot be asked'
  pinned=$(apt-cache policy | grep -c -F -- ' -1' || true)
  printf 'pinned away: %s\n' "$pinned"
  grep -q -x -F 'Package: ''linux-aws* linux-generic* linux-headers* linux-image* linux-modules* linux-tools* linux-virtual* lustre-client-modules*' /etc/apt/preferences.d/bakery-hold || fail 'other kernels are not pinned away'
  printf '%s\n' "$have" | awk -v held='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core|libibverbs.*|ibverbs-.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|gdrdrv.*|libgdrapi.*|slurm.*|munge.*|libmunge.*|site-held.*)$' -v fixed='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*)$' -v apt=1 '
    NR == FNR { sub(/:.*/, ""); holds[$1] = 1; next }
    $1 !~ held || (!apt && $1 ~ fixed) { next }
    { print ($1 in holds ? "held    " : "NOT HELD"), $1; bad += !($1 in holds) }
    END { exit bad > 0 }' <(printf '%s\n' "$holds") - || fail 'not everything is held'
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
