#!/bin/bash
# bake: {"kind":"row","id":"packages-hold","family":["yum-config-manager","rpm"],"after":["packages-hold"]}
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
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-hold' 2> /dev/null)" = '21121a9f17bc75887f96366794499a83a4167157496b891721117bb0c7cf0f65' ] || fail "the step did not run to its end, or another one did: "'/opt/bakery/packages/packages-hold'
}
check() {
  ran_to_its_end
  have=$(package_list) || fail 'the packages cannot be listed'
  # As the package manager reads it: of several lines in [main] the last one counts.
  holds=$(yum-config-manager main 2> /dev/null |
    awk '/^[a-z_]+ *=/ { on = ($1 ~ /^(exclude|excludepkgs)$/); sub(/^[^=]*=/, "") } on { gsub(/[,[\]'"'"']/, " "); print }' | tr -s ' \t' '\n') ||
    fail 'the package manager cannot be asked'
  for glob in 'kernel*' 'kmod-*' 'redhat-release*' 'rocky-release*' 'rocky-repos*' 'system-release*' ; do
    grep -q -x -F -- "$glob" <<< "$holds" || fail "not excluded: $glob"
  done
  printf '%s\n' "$have" | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' -v fixed='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*)$' -v apt=0 '
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
