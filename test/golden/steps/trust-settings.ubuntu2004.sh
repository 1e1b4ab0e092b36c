#!/bin/bash
# bake: {"kind":"step","id":"trust-settings","programs":["awk"]}
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
bake_reached=no
bake_end() {
  local status=$? outcome=failed text
  trap - EXIT
  if [ -n "${bake_work:-}" ]; then rm -rf -- "$bake_work"; fi
  # 194 asks Image Builder to reboot and to run this step again: it has not ended yet.
  if [ "$status" -eq 194 ]; then exit 194; fi
  if [ "$status" -eq 0 ] && [ "$bake_reached" = yes ]; then
    outcome=passed text=-
  else
    text=$(printf 'exit status %s' "$status" | base64 | tr -d '\n')
    if [ "$status" -eq 0 ]; then status=70; fi
  fi
  printf 'bake-report step %s %s - %s\n' 'trust-settings' "$outcome" "$text"
  exit "$status"
}
trap bake_end EXIT

# Not in /tmp: some images mount it noexec, and it is cleaned by others.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# Standard input becomes file $1 with mode $2: whole or not at all.
bake_write() {
  local temp
  mkdir -p -- "$(dirname -- "$1")"
  temp=$(mktemp -- "$1.XXXXXX")
  cat > "$temp"
  chmod -- "$2" "$temp"
  sync -- "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
}

# Keeps what each PATH is before the first bake.
bake_keep() {
  local path old=()
  for path; do
    if [ -e "/opt/bakery/originals$path" ] || [ -L "/opt/bakery/originals$path" ]; then continue; fi
    if [ -e "$path" ] || [ -L "$path" ]; then old+=("$path"); fi
  done
  mkdir -p /opt/bakery/originals
  if [ "${#old[@]}" -gt 0 ]; then cp -a --parents -t /opt/bakery/originals -- "${old[@]}"; fi
}

# Makes each PATH a link to file $1, whatever it was. However many there are, it takes one ln and one tar to make and
# one to place them: ln names a link after where it leads, so the paths go through it as names, their slashes as US.
bake_link() {
  local target=$1 path us=$'\x1f' links=() names=()
  shift
  for path; do
    if [ "$path" -ef "$target" ]; then
      printf 'follows already: %s\n' "$path"
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

# Standard input becomes the last lines of file $1, once, between marks.
block() {
  if [ -e "$1" ]; then awk '/^# BEGIN bakery$/ { ours = 1 } !ours { print } /^# END bakery$/ { ours = 0 }' "$1"; fi
  printf '# BEGIN bakery\n'
  cat
  printf '# END bakery\n'
}
path='/etc/profile.d/aws-cli-default-config.sh'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
ZXhwb3J0IEFXU19DQV9CVU5ETEU9L2V0Yy9zc2wvY2VydHMvY2EtY2VydGlmaWNhdGVzLmNydApleHBvcnQgUkVRVUVTVFNfQ0FfQlVORExFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQKZXhwb3J0IFBJUF9DRVJUPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQKZXhwb3J0IE5PREVfRVhUUkFfQ0FfQ0VSVFM9L2V0Yy9zc2wvY2VydHMvY2EtY2VydGlmaWNhdGVzLmNydApleHBvcnQgU1NMX0NFUlRfRklMRT0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0Cg==
BAKE_DATA
block "$path" < "$bake_work/new" | bake_write "$path" '644'
printf 'written: %s\n' "$path"
path='/etc/environment'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
QVdTX0NBX0JVTkRMRT0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0ClJFUVVFU1RTX0NBX0JVTkRMRT0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0ClBJUF9DRVJUPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQKTk9ERV9FWFRSQV9DQV9DRVJUUz0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0ClNTTF9DRVJUX0ZJTEU9L2V0Yy9zc2wvY2VydHMvY2EtY2VydGlmaWNhdGVzLmNydAo=
BAKE_DATA
block "$path" < "$bake_work/new" | bake_write "$path" '644'
printf 'written: %s\n' "$path"
path='/etc/sudoers.d/bakery-trust'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
RGVmYXVsdHMgZW52X2tlZXAgKz0gIkFXU19DQV9CVU5ETEUgUkVRVUVTVFNfQ0FfQlVORExFIFBJUF9DRVJUIE5PREVfRVhUUkFfQ0FfQ0VSVFMgU1NMX0NFUlRfRklMRSIK
BAKE_DATA
# A broken file there locks everybody out of sudo.
if command -v visudo > /dev/null; then visudo -cqf "$bake_work/new"; fi
bake_write "$path" '440' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system.conf.d/bakery-trust.conf'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W01hbmFnZXJdCkRlZmF1bHRFbnZpcm9ubWVudD0iQVdTX0NBX0JVTkRMRT0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0IiAiUkVRVUVTVFNfQ0FfQlVORExFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJQSVBfQ0VSVD0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0IiAiTk9ERV9FWFRSQV9DQV9DRVJUUz0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0IiAiU1NMX0NFUlRfRklMRT0vZXRjL3NzbC9jZXJ0cy9jYS1jZXJ0aWZpY2F0ZXMuY3J0Igo=
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system/supervisord.service.d/bakery-trust.conf'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W1NlcnZpY2VdCkVudmlyb25tZW50PSJBV1NfQ0FfQlVORExFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJSRVFVRVNUU19DQV9CVU5ETEU9L2V0Yy9zc2wvY2VydHMvY2EtY2VydGlmaWNhdGVzLmNydCIgIlBJUF9DRVJUPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJOT0RFX0VYVFJBX0NBX0NFUlRTPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJTU0xfQ0VSVF9GSUxFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiCg==
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system/slurmctld.service.d/bakery-trust.conf'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W1NlcnZpY2VdCkVudmlyb25tZW50PSJBV1NfQ0FfQlVORExFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJSRVFVRVNUU19DQV9CVU5ETEU9L2V0Yy9zc2wvY2VydHMvY2EtY2VydGlmaWNhdGVzLmNydCIgIlBJUF9DRVJUPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJOT0RFX0VYVFJBX0NBX0NFUlRTPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJTU0xfQ0VSVF9GSUxFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiCg==
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system/slurmd.service.d/bakery-trust.conf'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W1NlcnZpY2VdCkVudmlyb25tZW50PSJBV1NfQ0FfQlVORExFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJSRVFVRVNUU19DQV9CVU5ETEU9L2V0Yy9zc2wvY2VydHMvY2EtY2VydGlmaWNhdGVzLmNydCIgIlBJUF9DRVJUPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJOT0RFX0VYVFJBX0NBX0NFUlRTPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiICJTU0xfQ0VSVF9GSUxFPS9ldGMvc3NsL2NlcnRzL2NhLWNlcnRpZmljYXRlcy5jcnQiCg==
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/conda/condarc.d/bakery-trust.yml'
bake_keep "$path"
base64 -d > "$bake_work/new" <<'BAKE_DATA'
c3NsX3ZlcmlmeTogL2V0Yy9zc2wvY2VydHMvY2EtY2VydGlmaWNhdGVzLmNydAo=
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"

bake_reached=yes
