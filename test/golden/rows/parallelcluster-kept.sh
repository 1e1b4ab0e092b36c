#!/bin/bash
# bake: {"kind":"row","id":"parallelcluster-kept"}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='parallelcluster-kept'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

bad=
wrong() {
  printf 'wrong: %s\n' "$*"
  bad=yes
}
check() {
  for path in '/opt/cinc' '/etc/parallelcluster' '/usr/local/sbin/ami_cleanup.sh' ; do
    if [ -e "$path" ]; then printf 'there: %s\n' "$path"; else wrong "$path is gone"; fi
  done
  while IFS=: read -r name _ id _; do
    case $id:$name in
      '400':'pcluster-admin') printf 'uid %s: %s\n' "$id" "$name" ;;
      '401':'slurm') printf 'uid %s: %s\n' "$id" "$name" ;;
      '402':'munge') printf 'uid %s: %s\n' "$id" "$name" ;;
      '403':'dcvextauth') printf 'uid %s: %s\n' "$id" "$name" ;;
      40[0-5]:*) wrong "uid $id belongs to $name: ParallelCluster gives it away" ;;
      *:'pcluster-admin') wrong "$name has uid $id, not" '400' ;;
      *:'slurm') wrong "$name has uid $id, not" '401' ;;
      *:'munge') wrong "$name has uid $id, not" '402' ;;
      *:'dcvextauth') wrong "$name has uid $id, not" '403' ;;
    esac
  done < /etc/passwd
  # Nodes write scripts to /tmp and run them there.
  if [ -r /etc/fstab ]; then
    while read -r _ where _ options _; do
      if [ "$where" = /tmp ]; then case ,$options, in *,noexec,*) wrong '/etc/fstab mounts /tmp noexec' ;; esac; fi
    done < /etc/fstab
  fi
  # Not by grep's status: that is 2 where one of the files is missing.
  if [ -n "$(grep -hs '^Options=.*noexec' /etc/systemd/system/tmp.mount /etc/systemd/system/tmp.mount.d/*)" ]; then
    wrong 'tmp.mount mounts /tmp noexec'
  fi
  if grep -s '^SELINUX=enforcing' /etc/selinux/config; then
    wrong 'SELinux is enforcing: ParallelCluster switches it off'
  fi
  [ -z "$bad" ] || fail 'nodes of this image would not come up as they should'
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
