#!/bin/bash
# bake: {"kind":"step","id":"first-boot"}
bake_id='first-boot'
. /opt/bakery/lib/step.sh || exit 1
folder=/opt/bakery/first-boot
rm -rf "$folder/steps"
mkdir -p "$folder/steps"
bake_write "$folder/run" 755 <<'BAKE_DATA'
#!/bin/bash
# Written by bake. Runs each step of this instance's first boot once, in order. bakery-first-boot.service retries a
# failed step (after 30 s, then twice as long each time, at most 30 min). `run --now` does not wait.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
umask 022
here=/opt/bakery/first-boot
log=/var/log/bakery-first-boot.log
imds=http://169.254.169.254/latest

say() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }

# The instance id from cloud-init, else from instance metadata. Instances of one image may share a machine-id.
instance_id() {
  local id='' token
  if [ -r /var/lib/cloud/data/instance-id ]; then read -r id < /var/lib/cloud/data/instance-id; fi
  if [ -z "$id" ] || [ "$id" = iid-datasource-none ]; then
    token=$(curl -fsS -m 5 --noproxy '*' -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$imds/api/token") || return 1
    id=$(curl -fsS -m 5 --noproxy '*' -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/instance-id") || return 1
  fi
  [[ $id =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$ ]] && printf '%s' "$id"
}

main() {
  local id state step name digest status tries=0 wait first with
  id=$(instance_id) || { say 'this instance has no id yet'; return 75; }
  # A bake that reboots must not run the steps: their results would be on every node.
  if [ "$id" = "$(cat "$here/builder" 2> /dev/null)" ]; then
    say "$id is the build instance: nothing to do"
    return 0
  fi
  state=/var/lib/bakery/first-boot/$id
  (umask 077 && mkdir -p "$state") || return 1
  exec 9> "$state/lock"
  flock 9
  read -r tries 2> /dev/null < "$state/tries" || tries=0
  if [ "$tries" -gt 1 ] && [ "${1:-}" != --now ]; then
    wait=$((tries > 6 ? 1770 : 30 * (1 << (tries - 1)) - 30))
    say "try $((tries + 1)) in $wait s"
    sleep "$wait"
  fi
  for step in "$here"/steps/*; do
    [ -f "$step" ] || continue
    name=${step##*/}
    digest=$(sha256sum < "$step")
    if [ "$(cat "$state/$name.done" 2> /dev/null)" = "$digest" ]; then continue; fi
    say "$name: started"
    status=0
    # The first line names the interpreter of a script that is not for a shell.
    with=bash
    IFS= read -r first < "$step" || :
    if [[ $first == '#!'* && ! $first =~ [/\ ](ba|da)?sh([[:space:]]|$) ]]; then with=env; fi
    BAKERY_INSTANCE_ID=$id "$with" "$step" < /dev/null 9>&- || status=$?
    if [ "$status" -eq 75 ]; then
      say "$name: not yet"
      return 75
    elif [ "$status" -ne 0 ]; then
      printf '%s\n' "$((tries + 1))" > "$state/tries"
      say "$name: failed with $status; it will be retried, and later steps wait"
      return 1
    fi
    printf '%s\n' "$digest" > "$state/.new" && mv -fT "$state/.new" "$state/$name.done" || return 1
    say "$name: done"
  done
  rm -f "$state/tries"
  say 'first boot: all done'
}

(umask 077 && : >> "$log")
main "$@" 2>&1 | tee -a "$log"
exit "${PIPESTATUS[0]}"
BAKE_DATA
bake_write /etc/systemd/system/bakery-first-boot.service 644 <<'BAKE_DATA'
# Written by bake.
[Unit]
Description=First boot of this instance (bakery)
Wants=network-online.target
After=network-online.target cloud-init.service cloud-init-network.service

[Service]
# Not oneshot: nothing waits for this service, so it can neither fail nor delay a boot, and systemd restarts a oneshot
# service only since version 244.
Type=simple
ExecStart=/opt/bakery/first-boot/run
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
BAKE_DATA
# Records the build instance, so that the unit does nothing if the bake reboots.
{ cat /var/lib/cloud/data/instance-id 2> /dev/null || true; } | bake_write "$folder/builder" 644
printf 'nameserver %s\n' '10.0.0.2' | bake_write "$folder/resolv.conf" 644
# Like systemctl enable, which needs a running systemd.
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sfn ../bakery-first-boot.service /etc/systemd/system/multi-user.target.wants/bakery-first-boot.service
printf 'enabled: bakery-first-boot.service\n'

bake_reached=yes
