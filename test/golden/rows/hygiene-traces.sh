#!/bin/bash
# bake: {"kind":"row","id":"hygiene-traces","after":["hygiene"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='hygiene-traces'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

shopt -s nullglob extglob
bake_leftovers() {
  local IFS=: pattern path home name fstab=''
  local -a homes=(/root /home/*) fields=()
  found=()
  if [ -r /etc/passwd ]; then
    while read -r -a fields; do homes+=("${fields[5]:-/}"); done < /etc/passwd
  fi
  if [ -r /etc/fstab ]; then fstab=$(< /etc/fstab); fi
  IFS=
  for pattern in ${patterns[@]+"${patterns[@]}"}; do
    for path in $pattern; do
      if [ ! -e "$path" ] && [ ! -L "$path" ]; then continue; fi
      # A swap file that the image mounts is no leftover.
      case $'\n'$fstab in *$'\n'"$path"[[:space:]]*) continue ;; esac
      found+=("$path")
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
      if [ -e "$path" ] || [ -L "$path" ]; then found+=("$path"); fi
    done
  done
}

patterns=(
  '/var/log/journal/*'
  '/var/log/*.@(log|gz)'
  '/var/log/*-[0-9]*'
  '/var/log/@(messages|secure|maillog|cron|spooler|dmesg|wtmp|btmp|lastlog)?(.[0-9]*)'
  '/var/log/syslog*'
  '/var/log/@(apt|audit)/*'
  '/var/log/amazon/ssm/*'
  '/var/@(mail|crash)/*'
  '/var/spool/mail/*'
  '/var/lib/systemd/coredump/*'
  '/core'
  '/core.[0-9]*'
  '/tmp/.!(|.|*-unix)'
  '/var/tmp/!(systemd-private-*)'
  '/var/tmp/.!(|.)'
  '/swapfile'
  '/swap.img'
)
names=(
  '.bash_history'
  '.sh_history'
  '.zsh_history'
  '.local/share/fish/fish_history'
  '.python_history'
  '.node_repl_history'
  '.sqlite_history'
  '.mysql_history'
  '.psql_history'
  '.lesshst'
  '.viminfo'
  '.wget-hsts'
)
check() {
  mark=/opt/bakery/hygiene
  [ -f "$mark" ] || fail 'the hygiene step did not run to its end'
  bake_leftovers
  left=
  # What is newer than the mark was made by a boot of the image, not left over from the bake.
  for path in ${found[@]+"${found[@]}"}; do
    if [ "$path" -nt "$mark" ]; then printf 'made since: %s\n' "$path"; else
      left=yes
      printf 'left over from the bake: %s\n' "$path"
    fi
  done
  [ -z "$left" ] || fail 'something was left over from the bake'
  printf 'nothing left of: %s\n' ${patterns[@]+"${patterns[@]}"} ${names[@]+"${names[@]/#/\~/}"}
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
