#!/bin/bash
# bake: {"kind":"row","id":"packages-hold","family":["apt-mark","dpkg-query"],"after":["packages-hold"]}
bake_id='packages-hold'
. /opt/bakery/lib/row.sh || exit 1
# Lists installed packages: name, then version with architecture.
package_list() {
  dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}.${Architecture}\n' |
    awk '$1 == "installed" { print $2, $3 }'
}
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-hold' 2> /dev/null)" = 'f938ee7c341fe529c1bc398368b0dae8a017a553328142bdaabaed0a6bca9d08' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-hold'
}
check() {
  ran_to_its_end
  have=$(package_list) || fail 'the packages cannot be listed'
  holds=$(apt-mark showhold) || fail 'apt-mark showhold fails'
  pinned=$(apt-cache policy | grep -c -F -- ' -1' || true)
  printf 'pinned away: %s\n' "$pinned"
  grep -q -x -F 'Package: ''linux-aws* linux-generic* linux-headers* linux-image* linux-modules* linux-tools* linux-virtual* lustre-client-modules*' /etc/apt/preferences.d/bakery-hold || fail 'other kernels are not pinned away'
  printf '%s\n' "$have" | awk -v held='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core|libibverbs.*|ibverbs-.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|gdrdrv.*|libgdrapi.*|slurm.*|munge.*|libmunge.*)$' -v fixed='^(linux-aws.*|linux-generic.*|linux-headers.*|linux-image.*|linux-modules.*|linux-tools.*|linux-virtual.*|lustre-client-modules.*)$' -v apt=1 '
    NR == FNR { sub(/:.*/, ""); holds[$1] = 1; next }
    $1 !~ held || (!apt && $1 ~ fixed) { next }
    { print ($1 in holds ? "held    " : "NOT HELD"), $1; bad += !($1 in holds) }
    END { exit bad > 0 }' <(printf '%s\n' "$holds") - || fail 'not everything is held'
}
bake_judge
