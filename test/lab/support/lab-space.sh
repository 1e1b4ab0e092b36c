#!/usr/bin/env bash
# Creates a lab's two network namespaces and starts nginx in one of them. They exist until stdin ends. If SIGKILL ends
# the parent process, the kernel closes the pipe, and this script removes everything by its name and id.
#
#   lab-space.sh WORK NAMES OWN    WORK: a folder with nginx.conf; removed at the end. NAMES: hosts of the mirror.
#                                  OWN: host name of the root filesystems, which rpm and sudo look up
#
# NAME-mirror (10.99.0.1) serves. NAME-bake (10.99.0.2) reaches only the mirror. Other packets have a route to an
# interface that leads nowhere, so that nft can count them by destination and reject them.
set -euo pipefail
work=$1 names=$2 own=$3
name=bake-lab-$$-$(od -An -N3 -tx1 /dev/urandom | tr -d ' \n')
mirror=$name-mirror bake=$name-bake
nginx=''

remove() { # NAME
  ip netns del "$1-mirror" 2> /dev/null || true
  ip netns del "$1-bake" 2> /dev/null || true
  rm -rf "/etc/netns/$1-bake"
  rmdir /etc/netns 2> /dev/null || true
}

end() {
  trap - EXIT
  if [[ $nginx != '' ]]; then
    kill -KILL "$nginx" 2> /dev/null || true
    wait "$nginx" 2> /dev/null || true
  fi
  remove "$name"
  rm -rf "$work"
}
trap end EXIT

# Removes the leftovers of a lab whose script was killed.
for each in /run/netns/bake-lab-*-mirror; do
  each=${each##*/} each=${each%-mirror} pid=${each#bake-lab-} pid=${pid%%-*}
  [[ $each == 'bake-lab-*' || -d /proc/$pid ]] || remove "$each"
done

ip netns add "$mirror"
ip netns add "$bake"
ip -n "$mirror" link add mirror0 type veth peer name bake0 netns "$bake"
ip -n "$bake" link add nowhere type veth peer name void
# shellcheck disable=SC2016 # the inner shell expands it
ip netns exec "$bake" bash -c 'for each in bake0 void; do echo 1 > "/proc/sys/net/ipv6/conf/$each/disable_ipv6"; done'
ip -n "$mirror" addr add 10.99.0.1/24 dev mirror0
ip -n "$bake" addr add 10.99.0.2/24 dev bake0
ip -n "$bake" addr add 2001:db8::2/64 dev nowhere nodad
for each in "$mirror lo" "$mirror mirror0" "$bake lo" "$bake bake0" "$bake nowhere" "$bake void"; do
  ip -n "${each% *}" link set "${each#* }" up
done
ip -n "$bake" route add default dev nowhere
ip -n "$bake" -6 route add default dev nowhere

ip netns exec "$bake" nft -f - << 'RULES'
table inet lab {
  set seen4 { typeof ip daddr . meta l4proto . th dport; flags dynamic; counter; }
  set seen6 { typeof ip6 daddr . meta l4proto . th dport; flags dynamic; counter; }
  set other4 { typeof ip daddr . meta l4proto; flags dynamic; counter; }
  set other6 { typeof ip6 daddr . meta l4proto; flags dynamic; counter; }
  chain output {
    type filter hook output priority 0; policy drop;
    oifname "lo" accept
    ip daddr 10.99.0.1 meta l4proto { tcp, icmp } accept
    # Packets that the kernel sends on its own do not count.
    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, mld2-listener-report } drop
    ip protocol igmp drop
    meta nfproto ipv4 meta l4proto { tcp, udp } update @seen4 { ip daddr . meta l4proto . th dport }
    meta nfproto ipv6 meta l4proto { tcp, udp } update @seen6 { ip6 daddr . meta l4proto . th dport }
    meta nfproto ipv4 meta l4proto != { tcp, udp } update @other4 { ip daddr . meta l4proto }
    meta nfproto ipv6 meta l4proto != { tcp, udp } update @other6 { ip6 daddr . meta l4proto }
    meta l4proto tcp reject with tcp reset
    reject with icmpx port-unreachable
  }
}
RULES

mkdir -p "/etc/netns/$bake"
printf '127.0.0.1 localhost %s\n10.99.0.1 %s\n' "$own" "$names" > "/etc/netns/$bake/hosts"

setpriv --pdeathsig KILL ip netns exec "$mirror" nginx -p "$work" -c "$work/nginx.conf" -e "$work/error.log" \
  -g 'daemon off;' < /dev/null > /dev/null 2>&1 &
nginx=$!
for ((try = 0; try < 200; try++)); do
  if ! kill -0 "$nginx" 2> /dev/null; then
    cat "$work/error.log" >&2
    exit 1
  fi
  # nginx writes its pid file when it listens.
  [[ ! -s $work/nginx.pid ]] || break
  sleep 0.02
done

printf 'ready %s\n' "$name"
read -r _ || true
