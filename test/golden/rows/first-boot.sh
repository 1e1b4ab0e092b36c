#!/bin/bash
# bake: {"kind":"row","id":"first-boot","after":["first-boot"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='first-boot'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

folder=/opt/bakery/first-boot
unit=/etc/systemd/system/bakery-first-boot.service
wants=/etc/systemd/system/multi-user.target.wants/bakery-first-boot.service
check() {
  diff - "$folder/run" <<'BAKE_DATA' || fail "$folder/run is not what was written"
#!/bin/bash
# Written by bake. Does each step of this instance's first boot once, in order; what fails is tried again by
# bakery-first-boot.service (30 s later, then twice as long each time, 30 min at most). `run --now` does not wait.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
umask 022
here=/opt/bakery/first-boot
log=/var/log/bakery-first-boot.log
imds=http://169.254.169.254/latest

say() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }

# cloud-init's word, else instance metadata's. Not the machine-id: that of an image may be the same everywhere.
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
  local id state step name digest status tries=0 wait
  id=$(instance_id) || { say 'this instance has no id yet'; return 75; }
  # A bake that reboots must not do it: what it left would be on every node.
  if [ "$id" = "$(cat "$here/builder" 2> /dev/null)" ]; then
    say "$id is where the image is baked: nothing to do here"
    return 0
  fi
  state=/var/lib/bakery/first-boot/$id
  (umask 077 && mkdir -p "$state") || return 1
  exec 9> "$state/lock"
  flock 9
  read -r tries 2> /dev/null < "$state/tries" || tries=0
  if [ "$tries" -gt 1 ] && [ "${1:-}" != --now ]; then
    wait=$((tries > 6 ? 1770 : 30 * 2 ** (tries - 1) - 30))
    say "try $((tries + 1)) in $wait s"
    sleep "$wait"
  fi
  for step in "$here"/steps/*; do
    [ -f "$step" ] || continue
    name=${step##*/}
    digest=$(sha256sum < "$step")
    if [ "$(cat "$state/$name.done" 2> /dev/null)" = "$digest" ]; then continue; fi
    say "$name: begins"
    status=0
    BAKERY_INSTANCE_ID=$id bash "$step" < /dev/null 9>&- || status=$?
    if [ "$status" -eq 75 ]; then
      say "$name: not yet"
      return 75
    elif [ "$status" -ne 0 ]; then
      printf '%s\n' "$((tries + 1))" > "$state/tries"
      say "$name: failed with $status; it is tried again, and what comes after it waits"
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
  diff - "$unit" <<'BAKE_DATA' || fail "$unit is not what was written"
# Written by bake.
[Unit]
Description=First boot of this instance (bakery)
Wants=network-online.target
After=network-online.target cloud-init.service cloud-init-network.service

[Service]
# Not oneshot: nothing waits for it, so it can neither fail nor hold up a boot; and oneshot is not restarted before
# systemd 244.
Type=simple
ExecStart=/opt/bakery/first-boot/run
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
BAKE_DATA
  [ -x "$folder/run" ] || fail "$folder/run cannot be executed"
  [ "$(readlink -f "$wants")" = "$unit" ] || fail "the unit is not enabled: $wants"
  found=$(cd "$folder/steps" && printf '%s ' *)
  printf 'steps: %s\n' "$found"
  [ "$found" = '01-joinDomain'' ''02-node.sh'' ' ] || fail 'those are not the steps of the recipe'
  if command -v systemd-analyze > /dev/null; then
    said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F bakery-first-boot || true)
    [ -z "$said" ] || fail "systemd: $said"
    printf 'systemd has nothing to say about %s\n' "$unit"
  fi
}

bake_outcome=failed
bake_output=$(
  set -e
  exec 2>&1 < /dev/null
  check
  printf '\nreached'
)
bake_status=$?
if [ "$bake_status" -eq 0 ] && [ "${bake_output##*$'\n'}" = reached ]; then
  bake_outcome=passed bake_output=${bake_output%$'\n'reached}
elif [ "$bake_status" -eq 0 ]; then
  bake_status=70
fi
# Evidence is no report, whatever it holds; the end of it is what matters where it is long.
bake_output=${bake_output//bake-report/bake_report}
printf '%s\n' "${bake_output:0:20000}"
if [ "${#bake_output}" -gt 2000 ]; then bake_output=${bake_output: -2000}; fi
trap - EXIT
bake_text=$(printf '%s' "$bake_output" | base64 | tr -d '\n')
printf 'bake-report row %s %s - %s\n' "$bake_id" "$bake_outcome" "${bake_text:--}"
[ "$bake_status" -eq 0 ] || exit 1
