#!/bin/bash
# bake: {"kind":"step","id":"hygiene"}
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
bake_reached=no
bake_end() {
  local status=$? outcome=failed text
  trap - EXIT
  if [ -n "${bake_work:-}" ]; then rm -rf -- "$bake_work"; fi
  # 194 asks Image Builder to reboot and to run this step again: it has not ended yet.
  if [ "$status" -eq 194 ]; then exit 194; fi
  if [ "$status" -eq 0 ] && [ "$bake_reached" = yes ]; then
    outcome=passed text=-
  else
    text=$(printf 'exit status %s' "$status" | base64 | tr -d '\n')
    if [ "$status" -eq 0 ]; then status=70; fi
  fi
  printf 'bake-report step %s %s - %s\n' 'hygiene' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Standard input becomes file $1 with mode $2: whole or not at all.
bake_write() {
  local temp
  mkdir -p -- "$(dirname -- "$1")"
  temp=$(mktemp -- "$1.XXXXXX")
  cat > "$temp"
  chmod -- "$2" "$temp"
  sync -- "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
}

bake_remove() {
  local path
  for path; do
    if [ ! -e "$path" ] && [ ! -L "$path" ]; then continue; fi
    rm -rf -- "$path"
    printf 'removed: %s\n' "$path"
  done
}
# Whatever one of the patterns names: nothing at all is fine.
bake_sweep() {
  local path found
  found=$(compgen -G "$1" || true)
  while IFS= read -r path; do
    if [ -n "$path" ]; then bake_remove "$path"; fi
  done <<< "$found"
}

bake_sweep '/etc/ssh/ssh_host_*'
bake_sweep '/var/lib/cloud/instance'
bake_sweep '/var/lib/cloud/instances'
bake_sweep '/var/lib/cloud/data'
bake_sweep '/var/lib/cloud/sem'
bake_sweep '/var/lib/cloud/seed/*'
bake_sweep '/var/log/cloud-init.log*'
bake_sweep '/var/log/cloud-init-output.log*'
bake_sweep '/var/lib/systemd/random-seed'
bake_sweep '/var/lib/systemd/credential.secret'
bake_sweep '/var/lib/urandom/random-seed'
bake_sweep '/var/lib/dhclient/*'
bake_sweep '/var/lib/dhcp/*.leases*'
bake_sweep '/var/lib/NetworkManager/*.lease'
bake_sweep '/var/lib/NetworkManager/secret_key'
bake_sweep '/etc/udev/rules.d/70-persistent-net.rules'
bake_sweep '/var/lib/amazon/ssm/Vault/Store/*'
bake_sweep '/root/.aws'
bake_sweep '/var/cache/yum/*'
bake_sweep '/var/cache/dnf/*'
bake_sweep '/var/cache/apt/*.bin'
bake_sweep '/var/cache/apt/archives/*.deb'
bake_sweep '/var/cache/apt/archives/partial/*'
bake_sweep '/var/lib/apt/lists/*'
bake_sweep '/var/log/journal/*'
bake_sweep '/var/log/*.log'
bake_sweep '/var/log/*.gz'
bake_sweep '/var/log/*-[0-9]*'
bake_sweep '/var/log/messages'
bake_sweep '/var/log/secure'
bake_sweep '/var/log/syslog*'
bake_sweep '/var/log/apt/*'
bake_sweep '/var/log/audit/*'
bake_sweep '/var/log/amazon/ssm/*'
bake_sweep '/var/crash/*'
bake_sweep '/var/lib/systemd/coredump/*'
bake_sweep '/core'
bake_sweep '/core.[0-9]*'

# Homes of every user, whether or not they can log in.
homes=$({ printf '/root\n'; cut -d: -f6 /etc/passwd; compgen -G '/home/*' || true; } | sort -u)
while IFS= read -r home; do
  if [ "$home" = / ] || [ ! -d "$home" ]; then continue; fi
  bake_remove "$home"/'.ssh/authorized_keys'
  bake_remove "$home"/'.ssh/authorized_keys2'
  bake_remove "$home"/'.bash_history'
  bake_remove "$home"/'.zsh_history'
  bake_remove "$home"/'.python_history'
  bake_remove "$home"/'.mysql_history'
  bake_remove "$home"/'.psql_history'
  bake_remove "$home"/'.lesshst'
  bake_remove "$home"/'.viminfo'
  bake_remove "$home"/'.wget-hsts'
  bake_remove "$home"/'.aws/credentials'
  bake_remove "$home"/'.aws/sso'
  bake_remove "$home"/'.aws/cli/cache'
done <<< "$homes"

# Emptied, not deleted: a missing machine-id is a boot problem where /etc is read-only.
if [ -s /etc/machine-id ] || [ ! -e /etc/machine-id ]; then
  : > /etc/machine-id
  printf 'emptied: %s\n' /etc/machine-id
fi
if [ ! -L /var/lib/dbus/machine-id ]; then rm -f /var/lib/dbus/machine-id; fi

# What is older than this file was left over; what is newer, a boot of the image made.
printf 'cleaned by bake\n' | bake_write /opt/bakery/hygiene 644

bake_reached=yes
