#!/bin/bash
# bake: {"kind":"step","id":"mirrors","programs":["awk","sed"]}
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
  printf 'bake-report step %s %s - %s\n' 'mirrors' "$outcome" "$text"
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

# Keeps what file $1 said before the first bake, without logins.
bake_original() {
  if [ -e "/opt/bakery/originals$1" ]; then return 0; fi
  sed -E -e 's#://[^/@ ]*@#://#g' -e '/^[[:space:]]*(proxy_)?(username|password)[[:space:]]*=/d' -- "$1" |
    bake_write "/opt/bakery/originals$1" 644
}

# Puts standard input in place of file $1 where it differs.
bake_replace() {
  cat > "$bake_work/new"
  if [ "$(sha256sum < "$bake_work/new")" = "$(sha256sum < "$1")" ]; then
    printf 'as it should be: %s\n' "$1"
    return 0
  fi
  bake_write "$1" "$(stat -c %a -- "$1")" < "$bake_work/new"
  printf 'rewritten: %s\n' "$1"
}

# Repository id, what to do with it, its URL on the mirror, its key on the mirror or -. "*" stands for all others.
# shellcheck disable=SC2016 # $basearch and its like are the package manager's own
{
  printf '%s\t%s\t%s\t%s\n' 'rhel-8-baseos-rhui-rpms' 'mirror' 'https://mirror.corp.example/artifactory/rhel8/$basearch/baseos/os/' '-'
  printf '%s\t%s\t%s\t%s\n' 'rhel-8-appstream-rhui-rpms' 'mirror' 'https://mirror.corp.example/artifactory/rhel8/$basearch/appstream/os/' '-'
  printf '%s\t%s\t%s\t%s\n' 'codeready-builder-for-rhel-8-rhui-rpms' 'mirror' 'https://mirror.corp.example/artifactory/rhel8/$basearch/codeready-builder/os/' '-'
  printf '%s\t%s\t%s\t%s\n' 'rhui-client-config-server-8' 'mirror' 'https://mirror.corp.example/artifactory/rhel8/$basearch/rhui-client-config/os/' '-'
  printf '%s\t%s\t%s\t%s\n' 'epel' 'mirror' 'https://mirror.corp.example/epel/own/' '-'
  printf '%s\t%s\t%s\t%s\n' 'aws-fsx' 'mirror' 'https://mirror.corp.example/artifactory/fsx-lustre/el/8/$basearch/' 'file:///etc/pki/rpm-gpg/bakery-aws-fsx'
  printf '%s\t%s\t%s\t%s\n' 'fsxlustreclientrepo' 'mirror' 'https://mirror.corp.example/fsx/' 'file:///etc/pki/rpm-gpg/bakery-fsxlustreclientrepo'
  printf '%s\t%s\t%s\t%s\n' '*' 'off' 'https://mirror.corp.example/not-mirrored' '-'
} > "$bake_work/table"

# In place and section by section: ids, gpgcheck and comments stay; mirrorlist and metalink are commented out, because
# dnf asks them first even when there is a baseurl; a repository without a mirror is switched off.
cat > "$bake_work/rewrite.awk" <<'BAKE_AWK'
function emit_section(   i, j, count, token, part) {
  if (header != "") print header
  placed = 0; anchor = 0; last_key = 0; local_keys = ""; seen_url = 0; seen_enabled = 0; seen_key = 0
  for (i = 1; i <= n; i++) {
    if (key[i] != "") last_key = i
    if (key[i] == "baseurl" && first[i]) placed = 1
    if (key[i] == "mirrorlist" || key[i] == "metalink") anchor = i
    if (key[i] == "gpgkey") {
      part = text[i]; sub(/^[ \t]*gpgkey[ \t]*[=:]/, "", part)
      count = split(part, token, /[ \t,]+/)
      for (j = 1; j <= count; j++) if (token[j] ~ /^file:/) local_keys = local_keys " " token[j]
    }
  }
  sub(/^ /, "", local_keys)
  if (last_key == 0) emit_rest()
  for (i = 1; i <= n; i++) { emit_line(i); if (i == last_key) emit_rest() }
  n = 0
}
# What the section has to say and did not; [main] and what stands before any section are no repositories.
function emit_rest() {
  if (header == "" || id == "main") return
  if (!placed && !anchor) print "baseurl=" url
  if (action == "off" && !seen_enabled) print "enabled=0"
  if (own_key != "-" && !seen_key) print "gpgkey=" own_key
}
function emit_line(i) {
  if (header == "" || id == "main") { print text[i]; return }
  if (key[i] == "mirrorlist" || key[i] == "metalink") {
    print "#" text[i]
    if (!placed && i == anchor) print "baseurl=" url
  } else if (key[i] == "baseurl") {
    if (!seen_url++) print "baseurl=" url
  } else if (key[i] == "enabled" && action == "off") {
    if (!seen_enabled++) print "enabled=0"
  } else if (key[i] == "gpgkey") {
    if (seen_key++) return
    if (own_key != "-") print "gpgkey=" own_key
    else if (local_keys != "") print "gpgkey=" local_keys
    else print "#" text[i]
  } else print text[i]
}
function begin_section(line) {
  header = line
  id = line; sub(/^[ \t]*\[/, "", id); sub(/\].*$/, "", id)
  if (id in want_action) { action = want_action[id]; url = want_url[id]; own_key = want_key[id] }
  else { action = want_action["*"]; url = want_url["*"] "/" id; own_key = "-" }
  last = ""
}
NR == FNR { split($0, f, "\t"); want_action[f[1]] = f[2]; want_url[f[1]] = f[3]; want_key[f[1]] = f[4]; next }
/^[ \t]*\[[^]]+\]/ { emit_section(); begin_section($0); next }
{
  n++; text[n] = $0; key[n] = ""; first[n] = 0
  if ($0 ~ /^[ \t]*([#;].*)?$/) { if ($0 ~ /^[ \t]*$/) last = ""; next }
  if ($0 ~ /^[ \t]/) { key[n] = last; next }
  last = $0; sub(/[ \t]*[=:].*$/, "", last); last = tolower(last)
  key[n] = last; first[n] = 1
}
END { emit_section() }
BAKE_AWK

shopt -s nullglob
for path in /etc/yum.repos.d/*.repo /etc/distro.repos.d/*.repo /etc/dnf/dnf.conf /etc/yum.conf; do
  [ -e "$path" ] || continue
  file=$(readlink -f -- "$path")
  bake_original "$file"
  awk -f "$bake_work/rewrite.awk" "$bake_work/table" "$file" | bake_replace "$file"
done

# RHUI's plug-in signs requests to Red Hat with the instance's identity and fails without that service.
for file in /etc/dnf/plugins/amazon-id.conf /etc/yum/pluginconf.d/amazon-id.conf; do
  [ -e "$file" ] || continue
  bake_original "$file"
  sed -E 's/^[[:space:]]*enabled[[:space:]]*=.*$/enabled=0/' -- "$file" | bake_replace "$file"
done

bake_reached=yes
