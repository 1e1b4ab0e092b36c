#!/bin/bash
# bake: {"kind":"step","id":"hygiene"}
bake_id='hygiene'
. /opt/bakery/lib/step.sh || exit 1
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

patterns=(
  '/etc/ssh/ssh_host_*'
  '/root/.aws'
  '/var/lib/cloud/@(instance|instances|data|sem)'
  '/var/lib/cloud/@(handlers|seed)/*'
  '/var/lib/cloud/scripts/per-@(boot|instance|once)/part-*'
  '/var/log/cloud-init@(|-output).log*'
  '/etc/hostname'
  '/var/lib/systemd/@(random-seed|credential.secret)'
  '/var/lib/urandom/random-seed'
  '/var/lib/dhclient/*'
  '/var/lib/dhcp/*.leases*'
  '/var/lib/dhcpcd/*.lease*'
  '/var/lib/NetworkManager/@(*.lease|secret_key)'
  '/etc/NetworkManager/system-connections/cloud-init-*'
  '/etc/netplan/50-cloud-init.yaml'
  '/etc/udev/rules.d/70-persistent-net.rules'
  '/var/lib/amazon/ssm/Vault/Store/*'
  '/var/lib/amazon/ssm/*/registration'
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
  '/var/cache/@(yum|dnf)/*'
  '/var/cache/apt/*.bin'
  '/var/cache/apt/archives/*.deb'
  '/var/cache/apt/archives/partial/*'
  '/var/lib/apt/lists/*'
)
names=(
  '.ssh/authorized_keys'
  '.ssh/authorized_keys2'
  '.aws/credentials'
  '.aws/sso'
  '.aws/cli/cache'
  '.aws/login'
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
  '.cache/pip'
  '.cache/uv'
  '.cache/conda'
  '.cache/yarn'
  '.npm/_cacache'
  '.npm/_logs'
)
bake_leftovers
if [ "${#leftovers[@]}" -gt 0 ]; then
  printf '%s\0' "${leftovers[@]}" | xargs -0 rm -rf --
  printf 'removed: %s\n' "${leftovers[@]}"
fi

# Emptied and not deleted: without a machine-id file, an instance with a read-only /etc does not boot properly.
if [ -s /etc/machine-id ] || [ ! -e /etc/machine-id ]; then
  : > /etc/machine-id
  printf 'emptied: %s\n' /etc/machine-id
fi
if [ ! -L /var/lib/dbus/machine-id ]; then rm -f /var/lib/dbus/machine-id; fi

# Lock the password of root, also if it is empty.
if [ -e /etc/shadow ] && [[ $'\n'$(< /etc/shadow) == *$'\n'root:[!*!]* ]]; then
  sed -i -E '/^root:[^!*]/s/^root:/root:!/' /etc/shadow
  printf 'locked: the password of root\n'
fi

# The verify list uses the time of this file: older files are left over from the bake, newer ones come from a boot.
printf 'cleaned by bake\n' | bake_write /opt/bakery/hygiene 644
sync

bake_reached=yes
