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

# Per source: pattern of its URI, URL on the mirror (- disables the source), key on the mirror (- for none).
{
  printf '%s\t%s\t%s\n' 'https?://[a-z0-9.-]*archive[.]ubuntu[.]com/ubuntu/?' 'https://mirror.corp.example/artifactory/ubuntu' '-'
  printf '%s\t%s\t%s\n' 'https?://security[.]ubuntu[.]com/ubuntu/?' 'https://mirror.corp.example/artifactory/ubuntu' '-'
  printf '%s\t%s\t%s\n' 'https?://[a-z0-9.-]*ports[.]ubuntu[.]com(/ubuntu-ports)?/?' 'https://mirror.corp.example/artifactory/ubuntu-ports' '-'
  printf '%s\t%s\t%s\n' 'https://fsx-lustre-client-repo[.]s3[.]amazonaws[.]com/ubuntu/?' 'https://mirror.corp.example/fsx' '/usr/share/keyrings/bakery-fsxlustreclientrepo.asc'
} > "$bake_work/table"

# Rewrites sources in both formats. A source without a mirror is disabled and never deleted, as is an unreadable line.
cat > "$bake_work/rewrite.awk" <<'BAKE_AWK'
# Prints a line without the login in its URLs.
function put(line) {
  while (match(line, /:\/\/[^\/ \t]*@/)) line = substr(line, 1, RSTART + 2) substr(line, RSTART + RLENGTH)
  print line > out
}
# The table row of a URI: 0 if there is none, -1 if the URI needs no change.
function row_of(uri,   i, plain) {
  plain = uri; sub(/\/$/, "", plain)
  for (i = 1; i <= rows; i++) if (want[i] == plain) return -1
  if (uri ~ /^(file|cdrom|copy):/) return -1
  for (i = 1; i <= rows; i++) if (uri ~ ("^(" pattern[i] ")$")) return want[i] == "-" ? 0 : i
  return 0
}
function one_line(line,   rest, type, options, end, uri, row) {
  rest = line; sub(/^[ \t\r\f\v]*/, "", rest)
  if (rest == "" || rest ~ /^#/) { put(line); return }
  type = rest; sub(/[ \t].*$/, "", type); sub(/^[^ \t]+[ \t]*/, "", rest)
  options = ""; row = 0
  if (type == "deb" || type == "deb-src") {
    if (substr(rest, 1, 1) == "[") {
      end = index(rest, "]"); options = end ? substr(rest, 2, end - 2) : "["
      rest = substr(rest, end + 1); sub(/^[ \t]+/, "", rest)
    }
    uri = rest; sub(/[ \t\r\f\v].*$/, "", uri); sub(/^[^ \t\r\f\v]+/, "", rest)
    if (index(options, "[") == 0) row = row_of(uri)
  }
  if (row == 0) { put("# not on the mirror: " line); return }
  if (row == -1) { put(line); return }
  if (key[row] != "-") {
    gsub(/signed-by[+-]?=[^ \t]*/, "", options); options = options " signed-by=" key[row]
  }
  gsub(/[ \t]+/, " ", options); sub(/^ /, "", options); sub(/ $/, "", options)
  put(type (options == "" ? "" : " [" options "]") " " want[row] rest)
}
function emit_stanza(   i, j, count, part, token, uris, row, any, own, changed) {
  uris = ""; any = 0; own = "-"; changed = 0
  for (i = 1; i <= n; i++) if (field[i] == "uris") {
    part = text[i]; if (first[i]) sub(/^[^:]*:/, "", part)
    count = split(part, token, /[ \t\r]+/)
    for (j = 1; j <= count; j++) if (token[j] != "") {
      row = row_of(token[j])
      if (row != -1) changed = 1
      if (row == 0) continue
      if (row > 0) { if (key[row] != "-") own = key[row]; token[j] = want[row] }
      any = 1
      if (index(uris " ", " " token[j] " ") == 0) uris = uris " " token[j]
    }
  }
  for (i = 1; i <= n; i++) {
    if (field[i] == "uris" && any && changed) {
      if (first[i] && uris != "") { put("URIs:" uris); uris = "" }
    } else if (!(field[i] == "enabled" && has_uris && !any) && !(field[i] == "signed-by" && own != "-")) put(text[i])
  }
  if (n && has_uris && !any) put("Enabled: no")
  if (n && own != "-") put("Signed-By: " own)
  n = 0; has_uris = 0; last = ""
}
NR == FNR { split($0, f, "\t"); rows++; pattern[rows] = f[1]; want[rows] = f[2]; key[rows] = f[3]; next }
FNR == 1 {
  if (out != "") { emit_stanza(); close(out) }
  out = stage "/" FILENAME; printf "" > out; deb822 = FILENAME ~ /\.sources$/
}
!deb822 { one_line($0); next }
/^\r?$/ { emit_stanza(); put($0); next }
{
  n++; text[n] = $0; field[n] = ""; first[n] = 0
  if ($0 ~ /^#/) next
  if ($0 ~ /^[ \t]/) { field[n] = last; next }
  last = $0; sub(/[ \t]*:.*$/, "", last); last = tolower(last)
  field[n] = last; first[n] = 1
  if (last == "uris") has_uris = 1
}
END { if (out != "") emit_stanza() }
BAKE_AWK

shopt -s nullglob
bake_collect etc/apt/sources.list etc/apt/sources.list.d/*.list etc/apt/sources.list.d/*.sources
if [ "${#bake_files[@]}" -gt 0 ]; then
  bake_keep "${bake_files[@]}"
  bake_copy
  awk -v stage="$bake_stage" -f "$bake_work/rewrite.awk" "$bake_work/table" "${bake_files[@]}"
  bake_swap
fi

bake_reached=yes
