#!/bin/bash
# bake: {"kind":"step","id":"mirrors","programs":["awk","sed"]}
bake_id='mirrors'
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
  if [ -e opt/bakery/added/'mirrors' ]; then known+=$(< opt/bakery/added/'mirrors')$'\n'; fi
  for each in "$@"; do
    case "$known" in *$'\n'"$each"$'\n'*) continue ;; esac
    if [ -f "$each" ] && [ ! -L "$each" ]; then foreign+=("$each"); continue; fi
    if [ -e "$each" ] || [ -L "$each" ]; then continue; fi
    added+=$each$'\n'
  done
  if [ "${#foreign[@]}" -gt 0 ]; then bake_keep "${foreign[@]}"; fi
  if [ "$added" = '' ]; then return 0; fi
  printf '%s' "${known#$'\n'}$added" | bake_write "$bake_top/opt/bakery/added/"'mirrors' 644
}

# Changes files atomically: writes them in full below /etc, which is on the same file system, then renames them.
bake_stage=/etc/.bakery-stage
bake_unstage() {
  local status=$?
  rm -rf -- "$bake_stage"
  return "$status"
}
trap 'bake_unstage && bake_end || bake_end' EXIT

# Fills bake_files with the regular files among the arguments: links are followed, each file is listed once.
bake_collect() {
  local each known=$'\n'
  local -a found=()
  bake_files=()
  for each in "$@"; do
    if [ -f "$each" ]; then found+=("$each"); fi
  done
  if [ "${#found[@]}" -eq 0 ]; then return 0; fi
  readlink -z -f -- "${found[@]}" > "$bake_work/paths"
  while IFS= read -r -d '' each; do
    each=${each#"$bake_top/"}
    case "$known" in *$'\n'"$each"$'\n'*) continue ;; esac
    known+=$each$'\n'
    bake_files+=("$each")
  done < "$bake_work/paths"
}

# Copies bake_files, with owners and modes, to the folder where they are edited.
bake_copy() {
  rm -rf -- "$bake_stage"
  mkdir -m 700 -- "$bake_stage"
  cp -a --parents -t "$bake_stage" -- "${bake_files[@]}"
}

# Replaces bake_files by the copies that differ, with one mv per folder.
bake_swap() {
  local old new folder index=0
  local -a changed=() batch=()
  local -A folders=()
  sha256sum -- "${bake_files[@]}" > "$bake_work/old"
  (cd -- "$bake_stage" && sha256sum -- "${bake_files[@]}") > "$bake_work/new"
  while IFS= read -r old <&3 && IFS= read -r new <&4; do
    if [ "$old" = "$new" ]; then
      printf 'unchanged: /%s\n' "${bake_files[index]}"
    else
      printf 'rewritten: /%s\n' "${bake_files[index]}"
      changed+=("${bake_files[index]}")
      folders["${bake_files[index]%/*}"]=yes
    fi
    index=$((index + 1))
  done 3< "$bake_work/old" 4< "$bake_work/new"
  if [ "${#changed[@]}" -eq 0 ]; then return 0; fi
  sync -f -- "$bake_stage" 2> /dev/null || sync
  for folder in "${!folders[@]}"; do
    batch=()
    for new in "${changed[@]}"; do
      if [ "${new%/*}" = "$folder" ]; then batch+=("$bake_stage/$new"); fi
    done
    mv -f -t "$folder" -- "${batch[@]}"
  done
}

# Per repository: id, action, URL on the mirror, key on the mirror, proxy; - means none. An id that ends with * matches
# all ids with that prefix, and * in the URL stands for the rest of the id.
# shellcheck disable=SC2016 # the package manager expands $basearch and similar variables
{
  printf '%s\t%s\t%s\t%s\t%s\n' 'amzn2-core' 'mirror' 'https://mirror.corp.example/artifactory/amazonlinux2/core/$basearch/' '-' '-'
  printf '%s\t%s\t%s\t%s\t%s\n' 'amzn2extra-lustre' 'mirror' 'https://mirror.corp.example/artifactory/amazonlinux2/extras/lustre/$basearch/' '-' '-'
  printf '%s\t%s\t%s\t%s\t%s\n' 'amzn2extra-epel' 'mirror' 'https://mirror.corp.example/artifactory/amazonlinux2/extras/epel/$basearch/' '-' '-'
  printf '%s\t%s\t%s\t%s\t%s\n' 'amzn2extra-*' 'mirror' 'https://mirror.corp.example/artifactory/amazonlinux2/extras/*/$basearch/' '-' '-'
  printf '%s\t%s\t%s\t%s\t%s\n' 'epel' 'mirror' 'https://mirror.corp.example/epel/own/' '-' '-'
  printf '%s\t%s\t%s\t%s\t%s\n' 'fsxlustreclientrepo' 'mirror' 'https://mirror.corp.example/fsx/' 'file:///etc/pki/rpm-gpg/bakery-fsxlustreclientrepo' '-'
  printf '%s\t%s\t%s\t%s\t%s\n' '*' 'off' 'https://mirror.corp.example/not-mirrored/*' '-' '-'
} > "$bake_work/table"

# Rewrites section by section. It keeps ids, gpgcheck, comments and unknown keys, comments out mirrorlist and metalink,
# which dnf prefers to a baseurl, and disables repositories without a mirror.
cat > "$bake_work/rewrite.awk" <<'BAKE_AWK'
# Prints a line without logins.
function put(line) {
  if (line ~ /^[ \t\r\f\v]*[#;]*[ \t]*(proxy_)?(username|password)[ \t\r\f\v]*[=:]/) return
  while (match(line, /:\/\/[^\/ \t]*@/)) line = substr(line, 1, RSTART + 2) substr(line, RSTART + RLENGTH)
  print line > out
}
function is_repository() { return header != "" && id != "main" && !plugin }
function emit_section(   i, last_key) {
  if (header != "") put(header)
  placed = 0; anchor = 0; last_key = 0; seen_url = 0; seen_enabled = 0; seen_key = 0; seen_proxy = 0
  for (i = 1; i <= n; i++) {
    if (key[i] != "") last_key = i
    if (key[i] == "baseurl" && first[i]) placed = 1
    if (key[i] == "mirrorlist" || key[i] == "metalink") anchor = i
  }
  local_keys = local_keys_of()
  if (last_key == 0) emit_rest()
  for (i = 1; i <= n; i++) { emit_line(i); if (i == last_key) emit_rest() }
  n = 0
}
# Key files of the image: local ones, and for a remote key the local file with the same name, if it exists.
function local_keys_of(   i, j, count, part, token, name, line, keys) {
  keys = ""
  for (i = 1; i <= n; i++) if (key[i] == "gpgkey") {
    part = text[i]; if (first[i]) sub(/^[^=:]*[=:]?/, "", part)
    count = split(part, token, /[ \t\r\f\v,]+/)
    for (j = 1; j <= count; j++) {
      name = token[j]
      if (name ~ /^https?:/) {
        sub(/^.*\//, "", name); name = "etc/pki/rpm-gpg/" name
        if (name !~ /\/$/ && (getline line < name) > 0) { close(name); name = "file:///" name } else name = ""
      } else if (name !~ /^(file:\/)?\//) name = ""
      if (name != "" && index(keys " ", " " name " ") == 0) keys = keys " " name
    }
  }
  return substr(keys, 2)
}
# Adds the keys that the section lacks. [main] and lines before the first section are not repositories.
function emit_rest() {
  if (plugin && id == "main" && !seen_enabled) put("enabled=0")
  if (!is_repository()) return
  if (!placed && !anchor) put("baseurl=" url)
  if (action == "off" && !seen_enabled) put("enabled=0")
  if (own_key != "-" && !seen_key) put("gpgkey=" own_key)
  if (proxy != "-" && !seen_proxy) put("proxy=" proxy)
}
# Continuation lines of a value are treated like its first line.
function emit_line(i,   value) {
  value = text[i]; sub(/^[^=:]*[=:]?[ \t\r\f\v]*/, "", value); sub(/[ \t\r\f\v]*$/, "", value); value = tolower(value)
  if (first[i]) muted = is_muted(key[i], value)
  if (key[i] == "" && text[i] ~ /^[ \t\r\f\v]+[^ \t\r\f\v#;]/) {
    # A continuation line without a key: it must not continue the line that we put before it.
    put("#" text[i])
  } else if (key[i] == "") {
    put(text[i])
  } else if (key[i] ~ /^(proxy_)?(username|password)$/) {
    return
  } else if (muted || key[i] == "proxy" && !first[i] && proxy == "-" && is_repository()) {
    put("#" text[i])
    if ((key[i] == "mirrorlist" || key[i] == "metalink") && is_repository() && !placed && i == anchor) put("baseurl=" url)
  } else if (plugin) {
    if (key[i] != "enabled" || id != "main") put(text[i])
    else if (!seen_enabled++) put("enabled=0")
  } else if (!is_repository()) {
    put(text[i])
  } else if (key[i] == "baseurl") {
    if (!seen_url++) put("baseurl=" url)
  } else if (key[i] == "enabled" && action == "off") {
    if (!seen_enabled++) put("enabled=0")
  } else if (key[i] == "gpgkey") {
    if (!seen_key++) put("gpgkey=" (own_key == "-" ? local_keys : own_key))
  } else if (key[i] == "proxy" && proxy != "-") {
    if (!seen_proxy++) put("proxy=" proxy)
  } else if (key[i] == "report_instanceid") {
    if (first[i]) put("report_instanceid=no")
  } else put(text[i])
}
function is_muted(name, value) {
  if (name == "include") return 1
  if (header == "") return name ~ /^(baseurl|mirrorlist|metalink|gpgkey)$/
  if (!is_repository()) return 0
  if (name == "gpgkey") return own_key == "-" && local_keys == ""
  if (name == "proxy") return proxy == "-" && value != "" && value != "_none_"
  # The CA and client certificate of RHUI do not apply to the mirror, which the OS trust store must accept.
  if (name == "sslverify") return value !~ /^(1|yes|true|on)$/
  return name ~ /^(mirrorlist|metalink|sslcacert|sslclientcert|sslclientkey)$/
}
function begin_section(line,   i, rest) {
  header = line
  id = line; sub(/^\[/, "", id); sub(/\].*$/, "", id)
  i = id
  if (!(i in want_action)) {
    for (i = 1; i <= patterns; i++) if (index(id, prefix[i]) == 1) break
    i = i <= patterns ? prefix[i] "*" : "*"
  }
  action = want_action[i]; url = want_url[i]; own_key = want_key[i]; proxy = want_proxy[i]
  if (i == id || !match(url, /[*]/)) return
  rest = substr(id, length(i)); gsub(/[^A-Za-z0-9._~+-]/, "-", rest)
  url = substr(url, 1, RSTART - 1) rest substr(url, RSTART + 1)
}
NR == FNR {
  split($0, f, "\t"); want_action[f[1]] = f[2]; want_url[f[1]] = f[3]; want_key[f[1]] = f[4]; want_proxy[f[1]] = f[5]
  if (f[1] ~ /.[*]$/) prefix[++patterns] = substr(f[1], 1, length(f[1]) - 1)
  next
}
FNR == 1 {
  if (out != "") { emit_section(); close(out) }
  out = stage "/" FILENAME; printf "" > out; plugin = FILENAME ~ /\/amazon-id\.conf$/
  header = ""; id = ""; last = ""
}
/^\[[^]]+\]/ { emit_section(); begin_section($0); last = ""; next }
{
  n++; text[n] = $0; key[n] = ""; first[n] = 0
  if ($0 ~ /^[ \t\r\f\v]*([#;].*)?$/) next
  # In yum's parser, blank lines and comments do not end a value.
  if ($0 ~ /^[ \t\r\f\v]/) { key[n] = last; next }
  last = $0; sub(/[ \t\r\f\v]*[=:].*$/, "", last); last = tolower(last)
  if (last == "") last = "="
  key[n] = last; first[n] = 1
}
END { if (out != "") emit_section() }
BAKE_AWK

# The RHUI plug-in signs requests with the identity of the instance, and fails if it cannot read that identity.
shopt -s nullglob
bake_collect etc/yum.repos.d/*.repo etc/yum/repos.d/*.repo etc/distro.repos.d/*.repo etc/dnf/dnf.conf etc/yum.conf \
  etc/dnf/plugins/amazon-id.conf etc/yum/pluginconf.d/amazon-id.conf
if [ "${#bake_files[@]}" -gt 0 ]; then
  bake_keep "${bake_files[@]}"
  bake_copy
  awk -v stage="$bake_stage" -f "$bake_work/rewrite.awk" "$bake_work/table" "${bake_files[@]}"
  bake_swap
fi

bake_reached=yes
