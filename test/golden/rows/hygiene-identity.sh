#!/bin/bash
# bake: {"kind":"row","id":"hygiene-identity","after":["hygiene"]}
bake_id='hygiene-identity'
. /opt/bakery/lib/row.sh || exit 1
patterns=(
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
)
names=(
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
