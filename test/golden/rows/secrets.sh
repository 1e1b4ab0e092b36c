#!/bin/bash
# bake: {"kind":"row","id":"secrets","after":["hygiene"]}
bake_id='secrets'
. /opt/bakery/lib/row.sh || exit 1
allowed=(
  '/etc/ssh/ssh_host_*_key'
  '/etc/ssl/private/ssl-cert-snakeoil.key'
  '/etc/pki/rhui/*'
)
# Proves that the patterns work: grep must find this string, which is not a real key.
control=AKIAAAAAAAAAAAAAAAAA
# Two grep processes search all files. File names end with NUL, because they may contain any other byte.
hits() {
  local IFS= each pattern roots=() netrc=()
  shopt -s nullglob
  for each in '/etc' '/root' '/home' '/opt/bakery' '/srv' '/opt/site' '/var/lib/cloud' '/usr/local/etc' ; do [ ! -d "$each" ] || roots+=("$each"); done
  for pattern in '/etc/apt/auth.conf' '/etc/apt/auth.conf.d/*' '/etc/netrc' '/root/.netrc' '/home/*/.netrc' ; do
    for each in $pattern; do [ ! -f "$each" ] || netrc+=("$each"); done
  done
  grep -rIHnoZsE --label=control \
    -e '-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----' \
    -e 'PuTTY-User-Key-File-' \
    -e '(^|[^A-Za-z0-9])A[KS]IA[A-Z0-9]{16}([^A-Za-z0-9]|$)' \
    -e '[Ss](ecret|ECRET)_?[Aa](ccess|CCESS)_?[Kk](ey|EY)["'\'']?[ '$'\011'']*[=:][ '$'\011'']*["'\'']?[A-Za-z0-9/+]{40}' \
    -e 'gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}' \
    -e 'xox[abeoprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}' \
    -e '(^|:)_(authToken|auth|password)[ '$'\011'']*=[ '$'\011'']*[^ '$'\011''$]+' \
    -e '"(auth|identitytoken|registrytoken)"[ '$'\011'']*:[ '$'\011'']*"[A-Za-z0-9+/=_.-]{8,}"' \
    -e '[a-z][a-z0-9+.-]*://[^]/@:[:space:]<>"'\''(){}*[$]*:[^]/@[:space:]<>"'\''(){}*[$]+@[A-Za-z0-9[]' \
    -e '^([A-Za-z_]+_)?(password|passwd|PASSWORD)[ '$'\011'']*=[ '$'\011'']*[^ '$'\011''$<{]+' \
    -e '^([A-Za-z_]+_)?password:[ '$'\011'']+["'\'']?[^] '$'\011''"'\''$<{*!&|>#[]{6,}' -- - ${roots[@]+"${roots[@]}"} <<< "$control"
  grep -HnoZsE -e '(^|[ '$'\011''])(password|account)[ '$'\011'']+[^ '$'\011'']+' -- /dev/null ${netrc[@]+"${netrc[@]}"}
}
check() {
  mark=/opt/bakery/hygiene
  list='/opt/bakery/allowed-secrets'
  if [ -f "$list" ]; then
    while IFS= read -r path || [ -n "$path" ]; do
      case $path in '' | '#'*) ;; *) allowed+=("$path") ;; esac
    done < "$list"
  fi
  works=''
  bad=''
  while IFS= read -r -d '' path && IFS= read -r match; do
    place=$path:${match%%:*}
    case ${match#*:} in
      # Examples from manuals.
      *EXAMPLE* | *:pass@* | *:password@*) continue ;;
      *"$control"*) if [ "$path" = control ]; then works=yes && continue; fi; kind='an AWS key' ;;
      *PRIVATE* | PuTTY*) kind='a private key' ;;
      *://*) kind='a login in a URL' ;;
      *AKIA* | *ASIA* | *[Aa]ccess* | *ACCESS*) kind='an AWS key' ;;
      *pass* | *PASS* | *account*) kind='a password' ;;
      *) kind='a token' ;;
    esac
    for pattern in "${allowed[@]}"; do
      # shellcheck disable=SC2053 # a pattern
      if [[ $path == $pattern ]]; then
        printf 'allowed: %s: %s\n' "$place" "$kind"
        continue 2
      fi
    done
    if [ "$path" -nt "$mark" ]; then
      printf 'made since the bake: %s: %s\n' "$place" "$kind"
      continue
    fi
    bad=yes
    printf 'found: %s: %s\n' "$place" "$kind"
  done < <(hits)
  [ -n "$works" ] || fail 'grep does not find the control string'
  [ -z "$bad" ] || fail 'anyone with the image could read these'
  printf 'searched: %s\n' '/etc' '/root' '/home' '/opt/bakery' '/srv' '/opt/site' '/var/lib/cloud' '/usr/local/etc' 
}
bake_judge
