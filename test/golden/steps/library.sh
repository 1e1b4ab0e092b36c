#!/bin/bash
# bake: {"kind":"step","id":"library"}
# Writes the functions that all steps and checks share. They are in the image once, because the size of an Image Builder
# recipe is limited.
set -euo pipefail
umask 022
mkdir -p /opt/bakery/lib
bake_library() {
  cat > "/opt/bakery/lib/.$1"
  mv -fT -- "/opt/bakery/lib/.$1" "/opt/bakery/lib/$1"
}
bake_library step.sh <<'BAKE_LIBRARY'
# The beginning of every step of a bake: strict mode, a known locale and PATH, and a report line at exit. Exit status 194
# asks Image Builder to reboot and to run the step again, so it prints no report.
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
bake_reached=no
bake_end() {
  local status=$? outcome=failed text
  trap - EXIT
  if [ -n "${bake_work:-}" ]; then rm -rf -- "$bake_work"; fi
  if [ "$status" -eq 194 ]; then exit 194; fi
  if [ "$status" -eq 0 ] && [ "$bake_reached" = yes ]; then
    outcome=passed text=-
  else
    text=$(printf 'exit status %s' "$status" | base64 | tr -d '\n')
    if [ "$status" -eq 0 ]; then status=70; fi
  fi
  printf 'bake-report step %s %s - %s\n' "$bake_id" "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT
# Replaces file $1 atomically with standard input, with mode $2.
bake_write() {
  local temp
  mkdir -p -- "$(dirname -- "$1")"
  temp=$(mktemp -- "$1.XXXXXX")
  cat > "$temp"
  chmod -- "$2" "$temp"
  sync -- "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
}
BAKE_LIBRARY
bake_library row.sh <<'BAKE_LIBRARY'
# The beginning and the end of every check of a baked image. A check prints what it examines, so a passed check shows its
# evidence. The unset variables would make clients use a different trust store than the one under test.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}
# Adds a finding: the check continues, and fails at its end with all of them.
bake_wrong=
wrong() {
  printf 'wrong: %s\n' "$*"
  bake_wrong+="${bake_wrong:+; }$*"
}
# Prints the kernel options with which the image boots, one in a line.
boot_options() {
  local each
  for each in /etc/default/grub /etc/default/grub.d/* /etc/kernel/cmdline /boot/loader/entries/*.conf \
    /boot/grub*/grub.cfg /boot/grub*/grubenv; do
    if [ -f "$each" ]; then sed -e '/^[[:space:]]*#/d' -e 's/^GRUB_[A-Z_]*=//' -e "s/[\"']/ /g" -- "$each"; fi
  done | tr -s '[:space:]' '\n'
}
# shellcheck disable=SC2154 # the caller sets patterns and names
bake_leftovers() {
  shopt -s nullglob extglob
  local IFS=: pattern path home name fstab=''
  local -a homes=(/root /home/*) fields=()
  leftovers=()
  if [ -r /etc/passwd ]; then
    while read -r -a fields; do homes+=("${fields[5]:-/}"); done < /etc/passwd
  fi
  if [ -r /etc/fstab ]; then fstab=$(< /etc/fstab); fi
  IFS=
  for pattern in ${patterns[@]+"${patterns[@]}"}; do
    for path in $pattern; do
      if [ ! -e "$path" ] && [ ! -L "$path" ]; then continue; fi
      # A swap file that fstab mounts belongs to the image.
      case $'\n'$fstab in *$'\n'"$path"[[:space:]]*) continue ;; esac
      leftovers+=("$path")
    done
  done
  pattern=:
  for home in "${homes[@]}"; do
    case $home in / | *[!A-Za-z0-9._/@+-]*) continue ;; esac
    case $pattern in *:"$home":*) continue ;; esac
    pattern+=$home:
    if [ ! -d "$home" ]; then continue; fi
    for name in ${names[@]+"${names[@]}"}; do
      path=${home%/}/$name
      if [ -e "$path" ] || [ -L "$path" ]; then leftovers+=("$path"); fi
    done
  done
}

# A check passes if it exits with 0 and reaches its end. Evidence must not look like a report line. Long evidence is cut
# at its beginning.
bake_judge() {
  local status outcome=failed out
  out=$(
    set -e
    exec 2>&1 < /dev/null
    check
    [ -z "$bake_wrong" ] || fail "$bake_wrong"
    printf '\nreached'
  )
  status=$?
  case $status$out in
    0*$'\n'reached) outcome=passed out=${out%$'\n'reached} ;;
    0*) status=70 ;;
  esac
  out=${out//bake-report/bake_report}
  printf '%s\n' "${out:0:20000}"
  if [ "${#out}" -gt 2000 ]; then out=${out: -2000}; fi
  trap - EXIT
  out=$(printf '%s' "$out" | base64 | tr -d '\n')
  printf 'bake-report row %s %s - %s\n' "$bake_id" "$outcome" "${out:--}"
  if [ "$status" -ne 0 ]; then exit 1; fi
}
BAKE_LIBRARY
bake_library trust.sh <<'BAKE_LIBRARY'
# Functions for the steps and checks of trust stores, which set `url` and `searched`.
url=${url:-} searched=${searched:-}
# Runs a program with an empty environment, so that it uses its default trust store.
clean() { env -i PATH="$PATH" HOME=/nonexistent LC_ALL=C timeout -k 5 60 "$@"; }
# each PROGRAM...: calls `try` in parallel with each program that exists, and fails if one does not accept the server.
each() {
  local program out at bad=0 tries=() there=()
  out=$(mktemp -d)
  for program; do
    if [[ $program != /* ]]; then program=$(command -v "$program") || continue; fi
    if [ ! -x "$program" ]; then continue; fi
    { try "$program" || exit 1; } > "$out/${#there[@]}" 2>&1 &
    tries+=("$!") there+=("$program")
  done
  for at in "${!there[@]}"; do
    if wait "${tries[at]}"; then
      printf '%s\naccepts %s: %s\n' "$(< "$out/$at")" "$url" "${there[at]}"
    else
      printf '%s\nFAILED: does not accept %s: %s\n' "$(< "$out/$at")" "$url" "${there[at]}"
      bad=1
    fi
  done
  rm -rf -- "$out"
  if [ "${#there[@]}" -eq 0 ]; then printf 'absent, so no handshake: %s\n' "$*"; fi
  return "$bad"
}
shopt -s nullglob
# Prints the files below the searched folders that match one of PATTERN..., each terminated by NUL. It omits the copies
# that bake keeps of original files.
stores() {
  local root pattern roots=() wanted=()
  for root in $searched; do
    if [ -d "$root" ]; then roots+=("$root"); fi
  done
  for pattern; do wanted+=(-o -path "$pattern"); done
  find "${roots[@]}" -xdev -path /opt/bakery -prune -o '(' -type f -o -type l ')' '(' "${wanted[@]:1}" ')' -print0
}
BAKE_LIBRARY
bake_id='library'
. /opt/bakery/lib/step.sh
printf 'written: %s\n' /opt/bakery/lib/{step,row,trust}.sh
# The first boot of the build instance may still write package sources, users and keys, so this first step waits for its
# end (result.json, or boot-finished of this boot). On a node, cloud-init itself runs this script.
if [ -e /run/cloud-init/enabled ] && [ -z "${BAKERY_NODE:-}" ]; then
  waited=0
  until [ -e /run/cloud-init/result.json ] || [ /var/lib/cloud/instance/boot-finished -nt /run/cloud-init/enabled ]; do
    if [ "$waited" -ge 1800 ]; then
      printf 'cloud-init did not finish within %s seconds: see /var/log/cloud-init.log\n' "$waited" >&2
      exit 1
    fi
    sleep 1
    waited=$((waited + 1))
  done
  printf 'cloud-init has finished the boot (waited %s s)\n' "$waited"
fi

bake_reached=yes
