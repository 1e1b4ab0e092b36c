#!/bin/bash
# bake: {"kind":"row","id":"boot-login","programs":["sshd","ssh-keygen"]}
bake_id='boot-login'
. /opt/bakery/lib/row.sh || exit 1
user='ec2-user'
rule() { sed -n "s/^$1 //p" <<< "$rules"; }
# listed KEY NAME...: whether the patterns `user` or `user@host` of the rule match one of the names.
listed() {
  local pattern name
  for pattern in $(rule "$1"); do
    for name in "${@:2}"; do
      # shellcheck disable=SC2053 # a pattern
      if [[ $name == ${pattern%@*} ]]; then return 0; fi
    done
  done
  return 1
}
check() {
  local rules groups methods
  # Hygiene removed the host keys, so make a temporary one.
  mkdir -p /run/sshd
  work=$(mktemp -d /run/bake-sshd.XXXXXX)
  trap 'rm -rf -- "$work"' EXIT
  ssh-keygen -q -t ecdsa -N '' -f "$work/key"
  "$(command -v sshd)" -T -h "$work/key" -C "user=$user,host=localhost,addr=10.0.0.1" > "$work/rules" || fail 'sshd rejects its configuration'
  rules=$(< "$work/rules")
  grep -E '^(port|listenaddress|allow|deny|pubkeyauth|authentic|authorizedkeysfile|forcecommand)' <<< "$rules"
  read -r -a groups <<< "$(id -Gn -- "$user" 2> /dev/null || printf '%s' "$user")"
  if listed denyusers "$user"; then wrong "DenyUsers names $user"; fi
  if listed denygroups "${groups[@]}"; then wrong "DenyGroups names a group of $user (${groups[*]})"; fi
  if [ -n "$(rule allowusers)" ] && ! listed allowusers "$user"; then wrong "AllowUsers does not name $user"; fi
  if [ -n "$(rule allowgroups)" ] && ! listed allowgroups "${groups[@]}"; then
    wrong "AllowGroups names no group of $user (${groups[*]})"
  fi
  if [ "$(rule pubkeyauthentication)" = no ]; then wrong 'sshd accepts no keys'; fi
  case $(rule authorizedkeysfile) in *.ssh/authorized_keys*) ;; *) wrong 'sshd does not read ~/.ssh/authorized_keys' ;; esac
  # Each word is a list of methods that are all required.
  methods=$(rule authenticationmethods)
  case " ${methods:-any} " in *' any '* | *' publickey '*) ;; *) wrong "a key alone does not log in: AuthenticationMethods $methods" ;; esac
  if ! rule port | grep -qx 22; then wrong 'sshd does not listen on port 22'; fi
  if [ -n "$(rule listenaddress)" ] && ! rule listenaddress | grep -qvE '^(127[.]|\[::1\])'; then wrong 'sshd listens on loopback only'; fi
  case $(rule forcecommand) in '' | none) ;; *) wrong "ForceCommand replaces what $user runs" ;; esac
  if [ -e /etc/nologin ]; then wrong '/etc/nologin keeps users out'; fi
  if grep -sE '^[[:space:]]*-[[:space:]]*:[[:space:]]*ALL([[:space:]]+EXCEPT[[:space:]]+root)?[[:space:]]*:' /etc/security/access.conf &&
    grep -rqsE '^[^#]*pam_access' /etc/pam.d; then
    wrong '/etc/security/access.conf keeps users out'
  fi
  if grep -sE '^[[:space:]]*(ALL|sshd)[[:space:]]*:[[:space:]]*ALL' /etc/hosts.deny && ! grep -qsE '^[[:space:]]*(ALL|sshd)[[:space:]]*:' /etc/hosts.allow; then
    wrong '/etc/hosts.deny refuses every address'
  fi
}
bake_judge
