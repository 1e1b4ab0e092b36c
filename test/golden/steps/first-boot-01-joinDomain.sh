#!/bin/bash
# bake: {"kind":"step","id":"first-boot-01-joinDomain"}
bake_id='first-boot-01-joinDomain'
. /opt/bakery/lib/step.sh || exit 1
bake_write '/opt/bakery/first-boot/steps/01-joinDomain' 755 <<'BAKE_JOIN'
#!/bin/bash
# Written by bake. Joins this instance to its Active Directory domain. The script reads the password from Secrets
# Manager and passes it to adcli on stdin, never in an argument, the environment, a file or a log.
#   --name HOST   prints the computer name of a host, to create its account in advance
set -euo pipefail
domain='corp.example' realm='CORP.EXAMPLE'
secret='arn:aws:secretsmanager:us-east-1:123456789012:secret:join-AbCdEf' region='us-east-1'
resolv=/opt/bakery/first-boot/resolv.conf

# A NetBIOS name has at most 15 characters, and nodes of several clusters share short names, so the second part is a
# digest of the full name.
computer_name() {
  local full=${1,,} short sum
  short=${full%%.*}
  short=${short//[^a-z0-9]/}
  sum=$(printf '%s' "$full" | sha256sum)
  short=${short:0:5}-${sum:0:9}
  printf '%s\n' "${short^^}"
}

# Prints the value of key $1 of a JSON object of strings on stdin; fails on anything else. Callers must not use a
# here-string, because bash writes it to a file.
field() {
  awk -v want="$1" '
    function fail() { failed = 1; exit 2 }
    function skip(set) { while (at <= length(text) && index(set, substr(text, at, 1))) at++ }
    function hex(digits,  i, value) {
      if (length(digits) != 4 || digits ~ /[^0-9a-fA-F]/) fail()
      for (i = 1; i <= 4; i++) value = value * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
      return value
    }
    function rest(code, shift) { return sprintf("%c", 128 + int(code / shift) % 64) }
    function utf8(code) {
      if (code < 32) fail()
      if (code < 128) return sprintf("%c", code)
      if (code < 2048) return sprintf("%c", 192 + int(code / 64)) rest(code, 1)
      if (code < 65536) return sprintf("%c", 224 + int(code / 4096)) rest(code, 64) rest(code, 1)
      return sprintf("%c", 240 + int(code / 262144)) rest(code, 4096) rest(code, 64) rest(code, 1)
    }
    function string(  out, c, code, low) {
      if (substr(text, at, 1) != "\"") fail()
      for (at++; at <= length(text); at++) {
        c = substr(text, at, 1)
        if (c == "\"") { at++; return out }
        if (c == "\n") fail()
        if (c != "\\") { out = out c; continue }
        c = substr(text, ++at, 1)
        if (c == "t") out = out "\t"
        else if (c == "u") {
          code = hex(substr(text, at + 1, 4)); at += 4
          if (code >= 55296 && code < 56320) {
            if (substr(text, at + 1, 2) != "\\u") fail()
            low = hex(substr(text, at + 3, 4)); at += 6
            if (low < 56320 || low > 57343) fail()
            code = 65536 + (code - 55296) * 1024 + low - 56320
          } else if (code >= 56320 && code < 57344) fail()
          out = out utf8(code)
        }
        else if (c != "" && index("\"\\/", c)) out = out c
        else fail()
      }
      fail()
    }
    { text = text $0 "\n" }
    END {
      if (failed) exit 2
      at = 1; skip(" \t\r\n")
      if (substr(text, at++, 1) != "{") fail()
      skip(" \t\r\n")
      while (substr(text, at, 1) != "}") {
        key = string(); skip(" \t\r\n")
        if (substr(text, at++, 1) != ":") fail()
        skip(" \t\r\n")
        if (substr(text, at, 1) == "\"") value = string()
        else if (match(substr(text, at), /^[-+.a-zA-Z0-9]+/)) { at += RLENGTH; value = "" }
        else fail()
        if (key == want) found = value
        skip(" \t\r\n")
        if (substr(text, at, 1) == ",") { at++; skip(" \t\r\n"); if (substr(text, at, 1) == "}") fail() }
        else if (substr(text, at, 1) != "}") fail()
      }
      at++; skip(" \t\r\n")
      if (at <= length(text)) fail()
      printf "%s", found
    }'
}

# Runs a command with the name servers of the domain, if they are configured and systemd-resolved does not know them.
with_dns() {
  if [ -e "$resolv" ] && [ ! -e /etc/systemd/resolved.conf.d/10-bakery.conf ]; then
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount bash -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$resolv" "$@"
  else
    "$@"
  fi
}

is_systemd() { [ -d /run/systemd/system ]; }

put() { # FILE MODE: replaces the file atomically with stdin
  mkdir -p "${1%/*}"
  (umask 077 && cat > "$1.new")
  chmod "$2" "$1.new"
  mv -fT "$1.new" "$1"
}

if [ "${1:-}" = --name ]; then
  computer_name "$2"
  exit 0
fi

# ParallelCluster names the node during its configuration, and the computer account depends on that name.
if [ -d /etc/parallelcluster ] && [ -d /var/lib/cloud/instance ] && [ ! -e /var/lib/cloud/instance/boot-finished ]; then
  echo 'waiting for the end of the boot, which sets the name of this node'
  exit 75
fi
fqdn=$(hostname -f 2> /dev/null) || fqdn=$(hostname)
name=$(computer_name "$fqdn")
ulimit -c 0

if [ -e "$resolv" ]; then
  case $(readlink -f /etc/resolv.conf) in
    /run/systemd/resolve/*)
      awk -v domain="$domain" '/^nameserver/ { list = list " " $2 } END { printf "[Resolve]\nDNS=%s\nDomains=~%s\n", list, domain }' "$resolv" |
        put /etc/systemd/resolved.conf.d/10-bakery.conf 644
      if is_systemd; then systemctl restart systemd-resolved; fi
      ;;
    *)
      # Only for sssd: these servers cannot resolve the zone of this cluster.
      put /etc/systemd/system/sssd.service.d/10-bakery.conf 644 <<'UNIT'
[Service]
ExecStart=
ExecStart=/usr/bin/unshare --mount /bin/bash -c 'mount --bind /opt/bakery/first-boot/resolv.conf /etc/resolv.conf && exec /usr/sbin/sssd -i ${DEBUG_LOGGER}'
UNIT
      ;;
  esac
fi

if [ -s /etc/krb5.keytab ] && with_dns adcli testjoin --domain="$domain" > /dev/null 2>&1; then
  echo "already joined: $name"
else
  # Read the corporate CA and proxy settings, if any. These files are not ours, so strict mode is off.
  set +eu
  for file in /etc/profile.d/proxy.sh /etc/profile.d/aws-cli-default-config.sh; do
    # shellcheck disable=SC1090 # only there on some nodes
    if [ -r "$file" ]; then . "$file"; fi
  done
  set -eu
  text=$(aws secretsmanager get-secret-value --secret-id "$secret" --region "$region" --query SecretString --output text) || {
    echo "cannot read the secret: check that this instance's role may call secretsmanager:GetSecretValue for it"
    exit 1
  }
  if ! { user=$(printf '%s' "$text" | field username) && pass=$(printf '%s' "$text" | field password) &&
    once=$(printf '%s' "$text" | field oneTimePassword); }; then
    echo 'the secret is not a JSON object of strings'
    exit 1
  fi
  text=''
  if [ -n "$once" ]; then
    # The account was created in advance, and this is its password. adcli accepts it on stdin; --one-time-password would
    # show it in the process list.
    as=(--login-type=computer) pass=$once
  elif [ -n "$user" ] && [ -n "$pass" ]; then
    as=(--login-type=user --login-user="$user" --domain-ou='OU=hpc,DC=corp,DC=example')
  else
    echo 'the secret has neither username and password nor oneTimePassword'
    exit 1
  fi
  once=''
  rm -f /etc/krb5.keytab
  printf '%s' "$pass" | with_dns adcli join --domain="$domain" --domain-realm="$realm" --computer-name="$name" \
    --host-fqdn="$fqdn" "${as[@]}" --stdin-password
  pass=''
  chmod 600 /etc/krb5.keytab
  echo "joined $domain as $name"
fi

# ParallelCluster's DirectoryService writes sssd.conf and would overwrite ours.
if [ -e /etc/sssd/sssd.conf ]; then
  echo '/etc/sssd/sssd.conf exists and is left unchanged'
else
  put /etc/sssd/conf.d/10-bakery.conf 600 <<SSSD
[sssd]
config_file_version = 2
services = nss, pam
domains = $domain

[domain/$domain]
id_provider = ad
access_provider = ad
ad_domain = $domain
krb5_realm = $realm
ldap_sasl_authid = $name\$@$realm
dyndns_update = false
cache_credentials = true
use_fully_qualified_names = false
fallback_homedir = /home/%u
default_shell = /bin/bash
SSSD
fi
if ! grep -q -E '^passwd:.*[[:space:]]sss([[:space:]]|$)' /etc/nsswitch.conf; then
  if command -v authselect > /dev/null; then
    authselect select sssd --force
  elif command -v authconfig > /dev/null; then
    authconfig --enablesssd --enablesssdauth --update
  else
    echo 'nsswitch.conf does not use sssd, and this image has neither authselect nor authconfig'
  fi
fi
if is_systemd; then
  systemctl daemon-reload
  systemctl enable sssd
  systemctl restart sssd
fi
BAKE_JOIN

bake_reached=yes
