#!/bin/bash
# bake: {"kind":"row","id":"hygiene-traces","after":["hygiene"]}
bake_id='hygiene-traces'
. /opt/bakery/lib/row.sh || exit 1
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
  for path in ${leftovers[@]+"${leftovers[@]}"}; do
    if [ "$path" -nt "$mark" ]; then printf 'made since: %s\n' "$path"; else
      left=yes
      printf 'left over from the bake: %s\n' "$path"
    fi
  done
  [ -z "$left" ] || fail 'something was left over from the bake'
  printf 'nothing left of: %s\n' ${patterns[@]+"${patterns[@]}"} ${names[@]+"${names[@]/#/\~/}"}
}
bake_judge
