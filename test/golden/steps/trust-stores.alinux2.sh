#!/bin/bash
# bake: {"kind":"step","id":"trust-stores","programs":["awk","find","tar"],"after":["trust-extract"]}
bake_id='trust-stores'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

searched='/opt /usr/local /usr/java /usr/lib/jvm /usr/lib/python* /usr/lib64/python* /root'
. /opt/bakery/lib/trust.sh
# Keeps a copy of each PATH as it was before the first bake.
bake_keep() {
  local path old=()
  for path; do
    if [ -e "/opt/bakery/originals$path" ] || [ -L "/opt/bakery/originals$path" ]; then continue; fi
    if [ -e "$path" ] || [ -L "$path" ]; then old+=("$path"); fi
  done
  mkdir -p /opt/bakery/originals
  # With names relative to the root: cp --parents of coreutils 9.1 mishandles absolute names.
  if [ "${#old[@]}" -gt 0 ]; then (cd / && cp -a --parents -t /opt/bakery/originals -- "${old[@]#/}"); fi
}

# Replaces each PATH by a link to file $1. One ln makes all links and a pair of tar processes places them. ln names a link
# after its target, so the paths pass through ln as file names, with US in place of slashes.
bake_link() {
  local target=$1 path us=$'\x1f' links=() names=()
  shift
  for path; do
    if [ "$path" -ef "$target" ]; then
      printf 'unchanged: %s\n' "$path"
    else
      links+=("$path") names+=("${path//\//$us}")
    fi
  done
  if [ "${#links[@]}" -eq 0 ]; then return 0; fi
  bake_keep "${links[@]}"
  rm -rf -- "$bake_work/links"
  mkdir -- "$bake_work/links"
  ln -s -t "$bake_work/links" -- "${names[@]}"
  (cd "$bake_work/links" && tar -cP --transform="flags=rSH;s,$us,/,g" --transform="flags=RHs;s,.*,$target," -- *) |
    tar -xP --no-same-owner
  printf 'linked: %s\n' "${links[@]}"
}

bundle='/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'
java='/etc/pki/ca-trust/extracted/java/cacerts'
if [ ! -s "$bundle" ]; then
  printf 'FAILED: %s is empty or missing\n' "$bundle" >&2
  exit 1
fi
made=( '/etc/cfn/ca-override.pem' '/etc/docker/certs.d/mirror.corp.example/ca.crt' '/etc/containers/certs.d/mirror.corp.example/ca.crt')
while IFS= read -r -d '' store; do made+=("$store"); done < <(stores '*/certifi/cacert.pem' '*/requests/cacert.pem' '*/botocore/cacert.pem' '*conda*/ssl/cacert.pem' '*forge*/ssl/cacert.pem' '*mamba*/ssl/cacert.pem' '*/embedded/ssl/certs/cacert.pem')
bake_link "$bundle" "${made[@]}"

keystores=()
while IFS= read -r -d '' store; do keystores+=("$store"); done < <(stores '*/lib/security/cacerts')
if [ "${#keystores[@]}" -gt 0 ] && [ -s "$java" ]; then
  bake_link "$java" "${keystores[@]}"
elif [ "${#keystores[@]}" -gt 0 ]; then
  # This OS generates no key store. "changeit" is the default password of every JDK and not a secret.
  base64 -d > "$bake_work/ours.jks" <<'BAKE_DATA'
/u3+7QAAAAIAAAABAAAAAgAoYmFrZXJ5LWNvcnAtZXhhbXBsZS1yb290LWNhLTg1MjVjOTlmZjdlMwAAAAAAAAAAAAVYLjUwOQAAAdYwggHSMIIBeaADAgECAhRwUJgPIbafqVTYXTmrDme/NKQhrzAKBggqhkjOPQQDAjA2MRUwEwYDVQQKDAxDb3JwIEV4YW1wbGUxHTAbBgNVBAMMFENvcnAgRXhhbXBsZSBSb290IENBMCAXDTI2MTEyMTE0MTk0NVoYDzIxMjYxMDI4MTQxOTQ1WjA2MRUwEwYDVQQKDAxDb3JwIEV4YW1wbGUxHTAbBgNVBAMMFENvcnAgRXhhbXBsZSBSb290IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETCnKCVXAwD4kExQf68g/EhUY1sSz/oy5NYv5KgJn2c0QEXV5WE0Vm0RqgxraeD0/2pX92M7zPFrxPOWWCD/PfKNjMGEwHQYDVR0OBBYEFD3SnQJ+PVNY
XFRsd2ecz0VntPBuMB8GA1UdIwQYMBaAFD3SnQJ+PVNYXFRsd2ecz0VntPBuMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMCA0cAMEQCIFGI313mxZndqVKkGBOTZmq3mfaVOQ/5/rzCTIrfew20AiA5q03fA5qO3x0hcbd12juGBKfuTrWPqs+xk0aSDW/hnG2hfjYydm6f56mrOmKOgCc1RnWY
BAKE_DATA
  bake_keep "${keystores[@]}"
  for store in "${keystores[@]}"; do
    if [ -L "$store" ]; then continue; fi
    keytool=${store%/lib/security/cacerts}/bin/keytool
    if [ ! -x "$keytool" ]; then
      keytool=$(command -v keytool) || { printf 'FAILED: no keytool to import the CAs into %s\n' "$store" >&2; exit 1; }
    fi
    cp -a -- "$store" "$bake_work/store"
    "$keytool" -importkeystore -noprompt -srckeystore "$bake_work/ours.jks" -srcstoretype JKS -srcstorepass changeit \
      -destkeystore "$bake_work/store" -deststorepass changeit 2>&1
    cp -a -- "$bake_work/store" "$store.bakery"
    sync
    mv -fT -- "$store.bakery" "$store"
    printf 'imported into: %s\n' "$store"
  done
fi

# For programs that use NSS: one certutil call adds all CAs.
database=/etc/pki/nssdb
if [ -e "$database/cert9.db" ] && command -v certutil > /dev/null; then
  bake_keep "$database/cert9.db"
  for file in '/etc/pki/ca-trust/source/anchors'/bakery-*; do
    name=${file##*/}
    printf -- '-A -d sql:%s -n %s -t C,, -a -i %s\n' "$database" "${name%.*}" "$file"
  done > "$bake_work/batch"
  certutil -B -d "sql:$database" -i "$bake_work/batch"
  printf 'added: %s\n' "$database"
else
  printf 'absent: no system NSS database, or no certutil\n'
fi

bake_reached=yes
