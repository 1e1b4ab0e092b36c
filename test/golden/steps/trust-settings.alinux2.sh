#!/bin/bash
# bake: {"kind":"step","id":"trust-settings","programs":["awk"]}
bake_id='trust-settings'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# Keeps original files below /opt/bakery/originals, without logins. Paths are relative to the root. The number of
# processes does not depend on the number of files. Lists must not be empty: bash 4.2 of alinux2 treats them as unbound.
cd /
bake_top=${PWD%/}

# Keeps copies of the files, unless an earlier bake kept them.
bake_keep() {
  local each
  local -a new=()
  for each in "$@"; do
    if [ ! -e "opt/bakery/originals/$each" ]; then new+=("$each"); fi
  done
  if [ "${#new[@]}" -eq 0 ]; then return 0; fi
  mkdir -p -- "$bake_work/originals" opt/bakery/originals
  cp -a --parents -t "$bake_work/originals" -- "${new[@]}"
  (cd -- "$bake_work/originals" && sed -i -E \
    -e 's#://[^/[:space:]]*@#://#g' \
    -e '/^[[:space:]]*[#;]*[[:space:]]*(proxy_)?(username|password)[[:space:]]*[=:]/d' -- "${new[@]}")
  sync -f -- "$bake_work" 2> /dev/null || sync
  # Creating a hard link is atomic.
  cp -al -- "$bake_work/originals/." opt/bakery/originals/
  rm -rf -- "$bake_work/originals"
}

# Prepares files that bake writes in full: records new files by step, for an undo, and keeps copies of existing ones.
bake_own() {
  local each known=$'\n' added=''
  local -a foreign=()
  if [ -e opt/bakery/added/'trust-settings' ]; then known+=$(< opt/bakery/added/'trust-settings')$'\n'; fi
  for each in "$@"; do
    case "$known" in *$'\n'"$each"$'\n'*) continue ;; esac
    if [ -f "$each" ] && [ ! -L "$each" ]; then foreign+=("$each"); continue; fi
    if [ -e "$each" ] || [ -L "$each" ]; then continue; fi
    added+=$each$'\n'
  done
  if [ "${#foreign[@]}" -gt 0 ]; then bake_keep "${foreign[@]}"; fi
  if [ "$added" = '' ]; then return 0; fi
  printf '%s' "${known#$'\n'}$added" | bake_write "$bake_top/opt/bakery/added/"'trust-settings' 644
}

# Prints file $1 with standard input as its last lines, between marks. It replaces an earlier block.
block() {
  if [ -e "$1" ]; then awk '/^# BEGIN bakery$/ { ours = 1 } !ours { print } /^# END bakery$/ { ours = 0 }' "$1"; fi
  printf '# BEGIN bakery\n'
  cat
  printf '# END bakery\n'
}
ours=( '/etc/profile.d/aws-cli-default-config.sh' '/etc/environment' '/etc/sudoers.d/bakery-trust' '/etc/systemd/system.conf.d/bakery-trust.conf' '/etc/systemd/system/supervisord.service.d/bakery-trust.conf' '/etc/systemd/system/slurmctld.service.d/bakery-trust.conf' '/etc/systemd/system/slurmd.service.d/bakery-trust.conf' '/etc/conda/condarc.d/bakery-trust.yml')
bake_own "${ours[@]#"$bake_top/"}"
path='/etc/profile.d/aws-cli-default-config.sh'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
ZXhwb3J0IEFXU19DQV9CVU5ETEU9L2V0Yy9wa2kvY2EtdHJ1c3QvZXh0cmFjdGVkL3BlbS90bHMtY2EtYnVuZGxlLnBlbQpleHBvcnQgUkVRVUVTVFNfQ0FfQlVORExFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0KZXhwb3J0IFBJUF9DRVJUPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0KZXhwb3J0IE5PREVfRVhUUkFfQ0FfQ0VSVFM9L2V0Yy9wa2kvY2EtdHJ1c3QvZXh0cmFjdGVkL3BlbS90bHMtY2EtYnVuZGxlLnBlbQpleHBvcnQgU1NMX0NFUlRfRklMRT0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtCg==
BAKE_DATA
block "$path" < "$bake_work/new" | bake_write "$path" '644'
printf 'written: %s\n' "$path"
path='/etc/environment'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
QVdTX0NBX0JVTkRMRT0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtClJFUVVFU1RTX0NBX0JVTkRMRT0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtClBJUF9DRVJUPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0KTk9ERV9FWFRSQV9DQV9DRVJUUz0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtClNTTF9DRVJUX0ZJTEU9L2V0Yy9wa2kvY2EtdHJ1c3QvZXh0cmFjdGVkL3BlbS90bHMtY2EtYnVuZGxlLnBlbQo=
BAKE_DATA
block "$path" < "$bake_work/new" | bake_write "$path" '644'
printf 'written: %s\n' "$path"
path='/etc/sudoers.d/bakery-trust'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
RGVmYXVsdHMgZW52X2tlZXAgKz0gIkFXU19DQV9CVU5ETEUgUkVRVUVTVFNfQ0FfQlVORExFIFBJUF9DRVJUIE5PREVfRVhUUkFfQ0FfQ0VSVFMgU1NMX0NFUlRfRklMRSIK
BAKE_DATA
# An invalid file would disable sudo for all users.
if command -v visudo > /dev/null; then visudo -cqf "$bake_work/new"; fi
bake_write "$path" '440' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system.conf.d/bakery-trust.conf'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W01hbmFnZXJdCkRlZmF1bHRFbnZpcm9ubWVudD0iQVdTX0NBX0JVTkRMRT0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtIiAiUkVRVUVTVFNfQ0FfQlVORExFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJQSVBfQ0VSVD0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtIiAiTk9ERV9FWFRSQV9DQV9DRVJUUz0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtIiAiU1NMX0NFUlRfRklMRT0vZXRjL3BraS9jYS10cnVzdC9leHRyYWN0ZWQvcGVtL3Rscy1jYS1idW5kbGUucGVtIgo=
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system/supervisord.service.d/bakery-trust.conf'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W1NlcnZpY2VdCkVudmlyb25tZW50PSJBV1NfQ0FfQlVORExFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJSRVFVRVNUU19DQV9CVU5ETEU9L2V0Yy9wa2kvY2EtdHJ1c3QvZXh0cmFjdGVkL3BlbS90bHMtY2EtYnVuZGxlLnBlbSIgIlBJUF9DRVJUPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJOT0RFX0VYVFJBX0NBX0NFUlRTPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJTU0xfQ0VSVF9GSUxFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iCg==
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system/slurmctld.service.d/bakery-trust.conf'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W1NlcnZpY2VdCkVudmlyb25tZW50PSJBV1NfQ0FfQlVORExFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJSRVFVRVNUU19DQV9CVU5ETEU9L2V0Yy9wa2kvY2EtdHJ1c3QvZXh0cmFjdGVkL3BlbS90bHMtY2EtYnVuZGxlLnBlbSIgIlBJUF9DRVJUPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJOT0RFX0VYVFJBX0NBX0NFUlRTPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJTU0xfQ0VSVF9GSUxFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iCg==
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/systemd/system/slurmd.service.d/bakery-trust.conf'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
W1NlcnZpY2VdCkVudmlyb25tZW50PSJBV1NfQ0FfQlVORExFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJSRVFVRVNUU19DQV9CVU5ETEU9L2V0Yy9wa2kvY2EtdHJ1c3QvZXh0cmFjdGVkL3BlbS90bHMtY2EtYnVuZGxlLnBlbSIgIlBJUF9DRVJUPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJOT0RFX0VYVFJBX0NBX0NFUlRTPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iICJTU0xfQ0VSVF9GSUxFPS9ldGMvcGtpL2NhLXRydXN0L2V4dHJhY3RlZC9wZW0vdGxzLWNhLWJ1bmRsZS5wZW0iCg==
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"
path='/etc/conda/condarc.d/bakery-trust.yml'
base64 -d > "$bake_work/new" <<'BAKE_DATA'
c3NsX3ZlcmlmeTogL2V0Yy9wa2kvY2EtdHJ1c3QvZXh0cmFjdGVkL3BlbS90bHMtY2EtYnVuZGxlLnBlbQo=
BAKE_DATA
bake_write "$path" '644' < "$bake_work/new"
printf 'written: %s\n' "$path"

bake_reached=yes
