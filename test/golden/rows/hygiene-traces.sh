#!/bin/bash
# bake: {"kind":"row","id":"hygiene-traces","after":["hygiene"]}
bake_id='hygiene-traces'
. /opt/bakery/lib/row.sh || exit 1
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
      # A swap file that fstab mounts belongs to the image.
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
  # Files newer than the mark come from a boot of the image, not from the bake.
  for path in ${found[@]+"${found[@]}"}; do
    if [ "$path" -nt "$mark" ]; then printf 'made since: %s\n' "$path"; else
      left=yes
      printf 'left over from the bake: %s\n' "$path"
    fi
  done
  [ -z "$left" ] || fail 'something was left over from the bake'
  printf 'nothing left of: %s\n' ${patterns[@]+"${patterns[@]}"} ${names[@]+"${names[@]/#/\~/}"}
}
bake_judge
