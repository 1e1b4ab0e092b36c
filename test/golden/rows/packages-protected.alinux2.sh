#!/bin/bash
# bake: {"kind":"row","id":"packages-protected","family":["rpm"],"after":["packages-before"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='packages-protected'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# Every installed package: name, version with architecture.
package_list() {
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
before=/opt/bakery/packages.before
check() {
  [ -f "$before" ] || fail "there is no $before: nobody looked before the first change"
  have=$(package_list) || fail 'the packages cannot be listed'
  printf '%s\n' "$have" | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' -v fixed='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*)$' '
    $1 !~ held { next }
    NR == FNR { if (FNR > 2) { was[$0] = 1; name[$1] = 1 } next }
    $0 in was { kept[$0] = 1; next }
    # A second version of a name that was there, or a new kernel under a name of its own.
    $1 in name || $1 ~ fixed { print "NEW ", $0; bad++ }
    END {
      for (package in was) if (package in kept) print "same", package; else { print "GONE", package; bad++ }
      exit bad > 0
    }' "$before" - || fail 'something moved that ParallelCluster is built against'
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
