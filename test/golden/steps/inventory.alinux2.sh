#!/bin/bash
# bake: {"kind":"step","id":"inventory","programs":["gzip"]}
bake_id='inventory'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

shopt -s nullglob
have() { command -v "$1" > /dev/null; }
# Prints the kernel that boots next, which may differ from the running kernel.
kernel() {
  local link
  if have grubby && link=$(grubby --default-kernel 2> /dev/null) && [ -n "$link" ]; then :
  elif [ -L /boot/vmlinuz ]; then link=$(readlink /boot/vmlinuz)
  else link=$(printf '%s\n' /lib/modules/*/ | sort -V | tail -n 1)
  fi
  link=${link%/}
  link=${link##*/}
  printf '%s\n' "${link#vmlinuz-}"
}
# Prints tab-separated lines: a kind, then the fields that src/sbom/inventory.ts reads for it.
list() {
  local os boots metadata=()
  if [ -r /etc/os-release ]; then
    # shellcheck disable=SC1091 # a file of the image
    os=$(. /etc/os-release && printf '%s\t%s' "${ID:-}" "${VERSION_ID:-}")
    printf 'os\t%s\n' "$os"
  fi
  boots=$(kernel)
  if [ -n "$boots" ]; then printf 'kernel\t%s\n' "$boots"; fi
  if [ -n "$boots" ] && have modinfo; then
    { modinfo -k "$boots" nvidia efa lustre gdrdrv 2> /dev/null || true; } | awk '
      $1 == "filename:" { name = $2; sub(/.*\//, "", name); sub(/[.]ko.*/, "", name) }
      $1 == "version:" { print "driver\t" name "\t" $2 }'
  fi
  if have rpm; then
    rpm -qa --qf 'rpm\t%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\n'
  else printf 'lacking\trpm\n'; fi
  metadata=(
    /opt/parallelcluster/pyenv/versions/*/lib/python*/site-packages/*-info/{METADATA,PKG-INFO}
    /opt/parallelcluster/pyenv/versions/*/envs/*/lib/python*/site-packages/*-info/{METADATA,PKG-INFO}
    /usr/local/lib*/python*/{site,dist}-packages/*-info/{METADATA,PKG-INFO}
  )
  # The header of a METADATA file ends at its first empty line.
  if [ "${#metadata[@]}" -gt 0 ]; then
    # shellcheck disable=SC2016 # awk expands it
    printf '%s\0' "${metadata[@]}" | xargs -0 awk '
      FNR == 1 { name = ""; over = 0; place = FILENAME; sub(/\/lib(64)?\/python[^\/]*\/.*/, "", place) }
      over { next }
      /^\r?$/ { over = 1; next }
      /^Name: / { name = $2 }
      /^Version: / { print "pip\t" name "\t" $2 "\t" place; over = 1 }'
  fi
}
list | tr -d '\r' | sort -u > "$bake_work/list"
bake_write /opt/bakery/inventory 644 < "$bake_work/list"

# Print the list as short lines, because logs limit line lengths; src/image/report.ts joins them again.
gzip -9nc "$bake_work/list" > "$bake_work/list.gz"
digest=$(sha256sum < "$bake_work/list.gz")
mapfile -t lines < <(base64 -w 7600 "$bake_work/list.gz")
for index in "${!lines[@]}"; do
  printf 'bake-data inventory %s/%s %s %s\n' "$((index + 1))" "${#lines[@]}" "${digest%% *}" "${lines[index]}"
done

bake_reached=yes
