#!/bin/bash
# bake: {"kind":"row","id":"boot-accounts"}
bake_id='boot-accounts'
. /opt/bakery/lib/row.sh || exit 1
user='rocky' uid='1000'
# Prints the lines of FILE whose field NUMBER is VALUE.
entry() { awk -F: -v number="$2" -v value="$3" '$number == value' "$1"; }
group() {
  local found
  found=$(entry /etc/group 3 "$2" | cut -d : -f 1)
  if [ -n "$found" ] && [ "$found" != "$1" ]; then wrong "gid $2 belongs to $found, not to $1"; fi
}
check() {
  local name line last most expires policy=''
  line=$(entry /etc/passwd 3 "$uid")
  printf 'uid %s: %s\n' "$uid" "$line"
  case $line in
    "$user":*) ;;
    ?*) wrong "uid $uid belongs to ${line%%:*}, but to $user on other nodes" ;;
    # cloud-init creates a user with the first free uid.
    *) if [ -n "$(entry /etc/passwd 1 "$user")" ] || ! grep -qsE "^UID_MIN[[:space:]]+$uid\$" /etc/login.defs; then wrong "$user does not have uid $uid, as on other nodes"; fi ;;
  esac
  group 'pcluster-admin' '400'
  group 'slurm' '401'
  group 'munge' '402'
  group 'dcvextauth' '403'
  group 'pcluster-slurm-share' '405'
  for name in 'rocky' 'root' ; do
    case $(entry /etc/passwd 1 "$name" | cut -d : -f 7) in */nologin | */false | */true) wrong "$name has no shell" ;; esac
  done
  for name in 'rocky' 'pcluster-admin' 'slurm' 'munge' ; do
    if [ ! -r /etc/shadow ]; then break; fi
    IFS=: read -r _ _ last _ most _ _ expires _ <<< "$(entry /etc/shadow 1 "$name")"
    if [ -n "$expires" ]; then wrong "the account $name ends on day $expires (chage -E)"; fi
    if [ "$last" = 0 ]; then wrong "$name must change its password (chage -d)"; fi
    if [ -n "$last" ] && [ -n "$most" ] && [ $((last + most)) -lt $(($(date +%s) / 86400)) ]; then
      wrong "the password of $name has expired, which stops keys and sudo, too (chage -M)"
    fi
  done
  if [ -r /etc/crypto-policies/config ]; then policy=$(grep -vE '^[[:space:]]*(#|$)' /etc/crypto-policies/config | tail -n 1); fi
  # Ubuntu and alinux2 know only the kernel option.
  if boot_options | grep -x 'fips=1'; then policy=FIPS; fi
  printf 'crypto policy: %s\n' "${policy:-none}"
  case ${policy%%:*} in
    'FUTURE') wrong "the crypto policy is $policy: "'RSA keys of 2048 bits, as AWS endpoints and EC2 key pairs have, are refused' ;;
    'EMPTY') wrong "the crypto policy is $policy: "'no algorithm is left' ;;
    'FIPS') wrong "the crypto policy is $policy: "'head: recipes make ed25519 keys for the cluster user and the login nodes, which FIPS forbids' ;;
  esac
}
bake_judge
