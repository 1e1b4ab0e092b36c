# Runs a Samba domain controller in its own network namespace, beside a namespace for nodes, until stdin ends.
#   domain-space.sh ROOT WORK      prints "ready NAME"; NAME is the nodes' namespace
set -euo pipefail
root=$1 work=$2
name=bakead$$
cleanup() {
  trap - EXIT
  if [ -n "${samba:-}" ]; then kill -KILL "$samba" 2> /dev/null || true; fi
  ip netns del "$name" 2> /dev/null || true
  ip netns del "$name-dc" 2> /dev/null || true
  rm -rf "$work" "$work.log"
}
trap cleanup EXIT
trap 'exit 1' TERM INT HUP
ip netns add "$name"
ip netns add "$name-dc"
ip -n "$name" link add v0 type veth peer name v0 netns "$name-dc"
ip -n "$name" addr add 10.77.0.2/24 dev v0
ip -n "$name-dc" addr add 10.77.0.1/24 dev v0
for each in "$name" "$name-dc"; do
  ip -n "$each" link set lo up
  ip -n "$each" link set v0 up
done
# The database is in an overlay that is removed with the namespace.
# shellcheck disable=SC2016 # the inner shell expands it
ip netns exec "$name-dc" unshare --mount --uts --pid --fork --kill-child --propagation private bash -c '
  mount -t tmpfs tmpfs "$2" && mkdir "$2/up" "$2/wk" "$2/root" &&
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/up,workdir=$2/wk" "$2/root" &&
  mount -t proc proc "$2/root/proc" && mount --rbind /dev "$2/root/dev" &&
  hostname dc1 && exec chroot "$2/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C samba --foreground --no-process-group
' - "$root" "$work" > "$work.log" 2>&1 < /dev/null &
samba=$!
answers() { ip netns exec "$name" timeout 2 bash -c "exec 3<> /dev/tcp/10.77.0.1/$1" 2> /dev/null; }
for port in 53 88 389 464 445; do
  for ((try = 0; ; try++)); do
    if answers "$port"; then break; fi
    if [ "$try" -ge 300 ] || ! kill -0 "$samba" 2> /dev/null; then
      tail -n 20 "$work.log" >&2
      exit 1
    fi
    sleep 0.2
  done
done
echo "ready $name"
cat > /dev/null
