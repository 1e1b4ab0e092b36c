#!/bin/bash
# bake: {"kind":"row","id":"sshd-config","programs":["sshd","ssh-keygen"]}
bake_id='sshd-config'
. /opt/bakery/lib/row.sh || exit 1
check() {
  [ -f /etc/ssh/sshd_config ] || fail '/etc/ssh/sshd_config is missing'
  # Hygiene removed the host keys, so make a temporary one. Files below /run are never part of an image.
  mkdir -p /run/sshd
  work=$(mktemp -d /run/bake-sshd.XXXXXX)
  trap 'rm -rf -- "$work"' EXIT
  ssh-keygen -q -t ecdsa -N '' -f "$work/key"
  "$(command -v sshd)" -t -h "$work/key" || fail 'sshd does not start with this configuration'
  printf 'sshd accepts /etc/ssh/sshd_config\n'
}
bake_judge
