#!/bin/bash
# bake: {"kind":"row","id":"mirrors-units","programs":["grep"],"after":["mirrors-policy"]}
bake_id='mirrors-units'
. /opt/bakery/lib/row.sh || exit 1
check() {
  for unit in 'apt-daily.timer' 'apt-daily.service' 'apt-daily-upgrade.timer' 'apt-daily-upgrade.service' 'apt-news.service' 'esm-cache.service' 'motd-news.timer' 'motd-news.service' 'ua-timer.timer' 'update-notifier-download.timer' 'update-notifier-motd.timer' 'fwupd-refresh.timer' 'snapd.snap-repair.timer'; do
    [ -c "/etc/systemd/system/$unit" ] || fail "$unit is not masked"
    printf 'masked: %s\n' "$unit"
  done
  if [ -e /etc/default/motd-news ]; then
    grep -E '^[[:space:]]*ENABLED=' -- /etc/default/motd-news
    ! grep -q -E '^[[:space:]]*ENABLED=[^0]' -- /etc/default/motd-news || fail 'motd-news is enabled'
  fi
  if [ -e /etc/update-manager/release-upgrades ]; then
    ! grep -E '^[[:space:]]*Prompt[[:space:]]*=[[:space:]]*(lts|normal)' -- /etc/update-manager/release-upgrades ||
      fail 'the login message checks for a newer release'
  fi
  if [ -S /run/snapd.socket ] && command -v snap > /dev/null; then
    printf 'snaps are held: '
    snap get system refresh.hold || fail 'snaps are not held at their baked versions'
  fi
}
bake_judge
