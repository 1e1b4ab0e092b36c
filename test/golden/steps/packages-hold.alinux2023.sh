#!/bin/bash
# bake: {"kind":"step","id":"packages-hold","family":["rpm"],"root":true}
bake_id='packages-hold'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# Lists installed packages: name, then version with architecture.
package_list() {
  rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n'
}
held=$(package_list | awk -v held='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*|lustre.*|efa.*|libfabric.*|openmpi.*-aws|rdma-core.*|libibverbs.*|librdmacm.*|libibumad.*|ibacm|infiniband-diags.*|nvidia-[^c].*|nvidia-compute.*|libnvidia-[^c].*|cuda.*|gdrcopy.*|slurm.*|munge.*|aws-cfn-bootstrap|site-held.*)$' '$1 ~ held { print $1 }' | sort -u)
conf=/etc/dnf/dnf.conf
if [ ! -e "$conf" ]; then printf '[main]\n' | bake_write "$conf" 644; fi
# Insert into [main], which need not be the last section: a node's first boot appends lines to the file.
awk -v globs='kernel*,kmod-*,redhat-release*,rocky-release*,rocky-repos*,system-release*' -v names="$(tr '\n' ',' <<< "$held")" -v fixed='^(kernel.*|kmod-.*|redhat-release.*|rocky-release.*|rocky-repos.*|system-release.*)$' '
  function missing(value,  i, have, out, list, count) {
    gsub(/,/, " ", value)
    value = " " value " "
    count = split(globs "," names, list, ",")
    for (i = 1; i <= count; i++)
      if (list[i] != "" && (!(list[i] ~ fixed) || index("," globs ",", "," list[i] ",")) && !index(value, " " list[i] " ")) {
        out = out " " list[i]
        value = value list[i] " "
      }
    return out
  }
  { line[NR] = $0 }
  /^[ \t]*\[/ { main = ($0 ~ /^[ \t]*\[main\]/); if (main && !start) start = NR }
  main && /^(exclude|excludepkgs)[ \t]*=/ { at = NR; sub(/^[^=]*=/, ""); value = $0; more = 1; next }
  # An indented line continues the value.
  more && /^[ \t]+[^ \t]/ { value = value " " $0; next }
  { more = 0 }
  END {
    if (!start) print "[main]"
    if (!start) print "exclude=" substr(missing(""), 2)
    for (i = 1; i <= NR; i++) {
      print line[i] (i == at ? missing(value) : "")
      if (i == start && !at) print "exclude=" substr(missing(""), 2)
    }
  }' "$conf" > "$bake_work/conf"
if ! cmp -s "$bake_work/conf" "$conf"; then bake_write "$conf" "$(stat -c %a "$conf")" < "$bake_work/conf"; fi
# The verify list reads this marker: exactly this step ran to its end.
printf '%s\n' '8302648118f57c847ef313a12ee177d22bd55ef87e7879f681ec9c0e25b65128' | bake_write '/opt/bakery/packages/packages-hold' 644

bake_reached=yes
