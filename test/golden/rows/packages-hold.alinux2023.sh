#!/bin/bash
# bake: {"kind":"row","id":"packages-hold","family":["dnf","rpm"],"after":["packages-hold"]}
bake_id='packages-hold'
. /opt/bakery/lib/row.sh || exit 1
# Lists installed packages: name, then version with architecture.
package_list() {
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
ran_to_its_end() {
  [ "$(cat '/opt/bakery/packages/packages-hold' 2> /dev/null)" = '8302648118f57c847ef313a12ee177d22bd55ef87e7879f681ec9c0e25b65128' ] || fail "the step did not run to its end, or a different version of it did: "'/opt/bakery/packages/packages-hold'
}
check() {
  ran_to_its_end
  have=$(package_list) || fail 'the packages cannot be listed'
  # Ask the package manager, because of several lines in [main] only the last one counts.
  holds=$(dnf -q config-manager --dump 2> /dev/null |
    awk '/^[a-z_]+ *=/ { on = ($1 ~ /^(exclude|excludepkgs)$/); sub(/^[^=]*=/, "") } on { gsub(/[,[\]'"'"']/, " "); print }' | tr -s ' \t' '\n') ||
    fail 'the package manager does not print its settings'
  for glob in 'kernel*' 'kmod-*' 'redhat-release*' 'rocky-release*' 'rocky-repos*' 'system-release*' ; do
    grep -q -x -F -- "$glob" <<< "$holds" || fail "not excluded: $glob"
  done
  printf '%s\n' "$have" | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' -v fixed='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*)$' -v apt=0 '
    NR == FNR { sub(/:.*/, ""); holds[$1] = 1; next }
    $1 !~ held || (!apt && $1 ~ fixed) { next }
    { print ($1 in holds ? "held    " : "NOT HELD"), $1; bad += !($1 in holds) }
    END { exit bad > 0 }' <(printf '%s\n' "$holds") - || fail 'not everything is held'
}
bake_judge
