#!/bin/bash
# bake: {"kind":"row","id":"nothing-listening"}
bake_id='nothing-listening'
. /opt/bakery/lib/row.sh || exit 1
check() {
  local -A owner=()
  local -a open=()
  # proc(5): local address and port in hexadecimal. TCP state 0A is LISTEN; UDP state 07 receives from any address.
  for protocol in tcp tcp6 udp udp6; do
    [ -r "/proc/net/$protocol" ] || continue
    while read -r _ at _ state _ _ _ _ _ inode _; do
      case $protocol:$state in tcp*:0A | udp*:07) ;; *) continue ;; esac
      case ${at%:*} in
        ??????7F | 0000000000000000FFFF0000??????7F | 00000000000000000000000001000000) continue ;;
      esac
      open+=("${protocol%6}/$((16#${at##*:})) $inode")
    done < "/proc/net/$protocol"
  done
  if [ "${#open[@]}" -eq 0 ]; then
    printf 'nothing listens\n'
    return 0
  fi
  # One ls finds the process of every socket.
  pid=
  while IFS= read -r line; do
    case $line in
      /proc/*/fd:) pid=${line#/proc/} pid=${pid%/fd:} ;;
      *'socket:['*']')
        inode=${line##*[} inode=${inode%]}
        if [ -r "/proc/$pid/comm" ]; then owner[$inode]=$(< "/proc/$pid/comm"); fi
        ;;
    esac
  done < <(ls -l /proc/[0-9]*/fd 2> /dev/null)
  bad=
  for each in "${open[@]}"; do
    port=${each% *}
    program=${owner[${each#* }]:-unknown}
    case $program in 'sshd' | 'rpcbind' | 'rpc.statd' | 'chronyd' | 'ntpd' | 'dhclient' | 'dhcpcd' | 'NetworkManager' | 'systemd-network' | 'systemd-resolve' | -)
      printf 'expected: %s %s\n' "$port" "$program"
      continue
      ;;
    esac
    case $port in 'tcp/22' | 'tcp/111' | 'udp/68' | 'udp/111' | 'udp/123' | 'udp/323' | 'udp/546' | -)
      printf 'expected: %s %s\n' "$port" "$program"
      continue
      ;;
    esac
    printf 'listens: %s %s\n' "$port" "$program"
    bad=yes
  done
  [ -z "$bad" ] || fail 'every host in the VPC could reach it'
}
bake_judge
