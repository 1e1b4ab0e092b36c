#!/bin/bash
# bake: {"kind":"row","id":"packages-protected","family":["rpm"],"after":["packages-before"]}
bake_id='packages-protected'
. /opt/bakery/lib/row.sh || exit 1
# Lists installed packages: name, then version with architecture.
package_list() {
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
before=/opt/bakery/packages.before
check() {
  [ -f "$before" ] || fail "$before is missing: the packages before the first change were not recorded"
  have=$(package_list) || fail 'the packages cannot be listed'
  printf '%s\n' "$have" | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap)$' -v fixed='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*)$' '
    $1 !~ held { next }
    NR == FNR { if (FNR > 2) { was[$0] = 1; name[$1] = 1 } next }
    $0 in was { kept[$0] = 1; next }
    # A second version of a package that existed before, or a new kernel under a different name.
    $1 in name || $1 ~ fixed { print "NEW ", $0; bad++ }
    END {
      for (package in was) if (package in kept) print "same", package; else { print "GONE", package; bad++ }
      exit bad > 0
    }' "$before" - || fail 'a package changed that ParallelCluster is built against'
}
bake_judge
