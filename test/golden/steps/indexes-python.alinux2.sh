#!/bin/bash
# bake: {"kind":"step","id":"indexes-python","programs":["awk","sed"]}
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
  printf 'bake-report step %s %s - %s\n' 'indexes-python' "$outcome" "$text"
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

# What one awk process over all files is to do: settings and files in the order of its arguments.
shopt -s nullglob
bake_plan=() bake_count=0
declare -A bake_target=()
printf '\n' > "$bake_work/none"
bake_homes=(/root /home/*)
if [ -r /etc/passwd ]; then
  while IFS=: read -r _ _ _ _ _ home _; do bake_homes+=("${home%/}"); done < /etc/passwd
fi
# bake_setting FORM KEYS OWN FOUND LINES BESIDE: see src/image/indexes/setting.ts
bake_setting() {
  local own=() specs=() patterns=() path spec before has file home
  IFS=' ' read -r -a own <<< "$3"
  IFS=' ' read -r -a specs <<< "$4"
  IFS=' ' read -r -a patterns <<< "$6"
  bake_count=$((bake_count + 1))
  printf '%s' "$5" > "$bake_work/ours.$bake_count"
  bake_plan+=("form=$1" "keys=$2" "ours=$bake_work/ours.$bake_count")
  local IFS=
  for spec in ${specs[@]:+"${specs[@]}"}; do
    before=${spec%%|*} file=${spec##*|} has=${spec#*|} has=${has%|*}
    for path in $before$has; do
      if [ -e "$path" ]; then own+=("${path%"$has"}$file"); fi
    done
  done
  for path in ${own[@]:+"${own[@]}"}; do bake_own "$path"; done
  bake_plan+=(target=)
  for spec in ${patterns[@]:+"${patterns[@]}"}; do
    if [ "${spec:0:2}" != @/ ]; then
      for path in $spec; do bake_beside "$path"; done
      continue
    fi
    for home in "${bake_homes[@]}"; do
      for path in "$home"/${spec:2}; do bake_beside "$path"; done
    done
  done
}
bake_own() {
  local path=$1
  if [ -L "$path" ]; then path=$(readlink -m -- "$path"); fi
  if [ -n "${bake_target[$path]:-}" ]; then return 0; fi
  bake_target[$path]=yes
  bake_plan+=("target=$path")
  if [ -s "$path" ]; then bake_plan+=("$path"); else bake_plan+=("$bake_work/none"); fi
}
bake_beside() {
  if [ ! -f "$1" ] || [ ! -s "$1" ] || [ -n "${bake_target[$1]:-}" ]; then return 0; fi
  bake_target[$1]=yes
  bake_plan+=("$1")
}

cat > "$bake_work/index.awk" <<'BAKE_AWK'
# What a line is: nothing, one that counts, one that is struck, or the one behind which ours go.
function judge(s) {
  if (f == "ini") return ini(s)
  sub(/^[ \t\r]+/, "", s); lead_of = length(raw) - length(s); sub(/[ \t\r]+$/, "", s)
  if (s == "" || s ~ /^#/ || (f == "npmrc" || f == "git") && s ~ /^;/) return NOTHING
  if (f == "yaml") return yaml(s)
  if (f == "toml") return toml(s)
  return LIVE
}
# configparser as pip uses it: full-line comments, deeper indented lines go on, names without case, - for _.
function ini(s,   v, at, d, name) {
  gsub(WHITE, " ", s); gsub("\342\204\252", "k", s)
  v = s; sub(/^ +/, "", v); at = length(s) - length(v); sub(/ +$/, "", v)
  if (v == "" || v ~ /^[#;]/) return NOTHING
  if (section && option != "" && at > level) return on ? STRUCK : LIVE
  level = at
  if (v ~ /^\[.+\]/) {
    section = 1; option = ""; on = 0
    sub(/^\[/, "", v); sub(/\][^]]*$/, "", v)
    return v == "global" ? HERE : LIVE
  }
  d = match(v, /[=:]/)
  if (!d) return LIVE
  name = tolower(substr(v, 1, d - 1)); sub(/ +$/, "", name); option = name
  gsub(/_/, "-", name); sub(/^--/, "", name)
  on = name in want
  return on ? STRUCK : LIVE
}
# Keys of the outermost mapping with all that is below them.
function yaml(s,   name) {
  if (lead_of == 0 && s ~ /^(---|[.][.][.]|%)/) { on = 0; return NOTHING }
  if (top < 0) { top = lead_of; if (s ~ /^[{]/) cannot() }
  if (lead_of > top || s ~ /^(-([ \t]|$)|[]}])/ || s !~ /:/) return on ? STRUCK : LIVE
  name = s; sub(/[ \t]*:.*$/, "", name); gsub(/^["']|["']$/, "", name)
  on = name in want
  return on ? STRUCK : LIVE
}
function toml(s,   name, was) {
  if (depth > 0) { was = on; depth += brackets(s); if (depth <= 0) on = table_on; return was ? STRUCK : LIVE }
  if (s ~ /^\[/) {
    name = s; sub(/^\[+[ \t"']*/, "", name); sub(/[ \t"']*\].*$/, "", name)
    on = table_on = name in want
    return on ? STRUCK : LIVE
  }
  name = s; sub(/[ \t]*=.*$/, "", name); gsub(/["']/, "", name); sub(/^.*[.]/, "", name)
  was = table_on || (name in want)
  sub(/^[^=]*=/, "", s); depth = brackets(s)
  if (depth > 0) on = was
  return was ? STRUCK : LIVE
}
function brackets(s,   open, shut) {
  gsub(/"([^"\\]|\\.)*"|'[^']*'/, "", s); sub(/#.*$/, "", s)
  open = gsub(/[[{]/, "", s); shut = gsub(/[]}]/, "", s)
  return open - shut
}
function cannot() {
  printf "%s: cannot be changed line by line; write each setting on a line of its own\n", name_of > "/dev/stderr"
  failed = 1
  return LIVE
}
# A file that a lone carriage return divides, too, is judged piece by piece.
function judged(text,   m, j, what, all) {
  m = split(text, piece, "\r")
  if (m < 2) return one(text)
  all = NOTHING; result = ""
  for (j = 1; j <= m; j++) {
    what = piece[j] == "" ? NOTHING : one(piece[j])
    if (piece[j] == "") shown = ""
    result = result (j > 1 ? "\r" : "") shown
    if (what == HERE || all == NOTHING) all = what
  }
  shown = result
  return all
}
function one(text,   what) {
  raw = text; what = judge(text); shown = text
  if (what == STRUCK) { gsub(/:\/\/[^\/@ ]*@/, "://", shown); shown = "#" shown }
  return what
}
function put(lead,   i) {
  placed = 1
  if (f == "whole") { for (i = 1; i <= our; i++) out[++w] = own_line[i]; return }
  out[++w] = lead "# bake " mark " begin"
  for (i = 1; i <= our; i++) out[++w] = lead own_line[i]
  out[++w] = lead "# bake " mark " end"
}
function indent_of(s) { sub(/[^ \t].*$/, "", s); return s }
function is_mark(s, what) { sub(/^[ \t]+/, "", s); sub(/[ \t\r]+$/, "", s); return s == "# bake " mark " " what }
# Line of the end of our block that begins at i, or 0.
function block(i,   e) {
  if (t == "" || !is_mark(line[i], "begin")) return 0
  for (e = i; e <= n; e++) if (is_mark(line[e], "end")) return e
  return 0
}
function work(   i, j, e, what, waiting, old, changed, part, text) {
  split("", want); j = split(k, part, " ")
  for (i = 1; i <= j; i++) want[part[i]] = 1
  our = 0
  if (t != "") { while ((getline text < o) > 0) own_line[++our] = text; close(o) }
  section = option = level = on = depth = table_on = 0; option = group = ""; top = -1; w = placed = 0; split("", out)
  if (f == "whole") { put(""); n = name_of == none ? 0 : n }
  else {
    if (name_of == none) n = 0
    for (i = 1; i <= n; i++) if (block(i)) old = 1
    waiting = t != "" && !old && f != "ini" && f != "tail" && f != "git"
    for (i = 1; i <= n; i++) {
      e = block(i)
      if (e) { if (!placed) put(indent_of(line[i])); i = e; continue }
      what = judged(line[i])
      if (waiting && !placed && (what == LIVE || line[i] ~ /^[ \t]*# bake [a-z-]+ begin/)) put(f == "ini" && what == LIVE ? sprintf("%" (level ? level : "") "s", "") : indent_of(line[i]))
      out[++w] = shown
      if (what == STRUCK || shown != line[i]) struck(name_of, line[i])
      if (what == HERE && t != "" && !old) waiting = 1
    }
    if (t != "" && !placed) { if (f == "ini" && !waiting) out[++w] = "[global]"; put("") }
  }
  changed = w != n
  for (i = 1; i <= w && !changed; i++) changed = out[i] != line[i]
  if (changed) change()
}
BEGIN {
  NOTHING = 0; LIVE = 1; STRUCK = 2; HERE = 3
  # What Python takes for white space, in UTF-8.
  WHITE = "[\t\013\014\034\035\036\037]|\302[\205\240]|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200"
}
FNR == 1 { if (n) work(); n = 0; name_of = FILENAME; f = form; k = keys; o = ours; t = target }
{
  # Python takes a lone carriage return for a line end; a file that gets our lines may as well.
  text = $0
  while (t != "" && f == "ini" && match(text, /\r./)) {
    line[++n] = substr(text, 1, RSTART - 1); text = substr(text, RSTART + 1)
  }
  line[++n] = text
}
END { if (n) work(); exit failed }
BAKE_AWK

cat > "$bake_work/change.awk" <<'BAKE_AWK'
# Of a file that is not ours single lines change: files with the same change are one process of sed.
function change(   i, script, new) {
  if (t == "") {
    for (i = 1; i <= w; i++) if (out[i] != line[i]) {
      new = out[i]; gsub(/[\\&|]/, "\\\\&", new); script = script i "s|.*|" new "|\n"
    }
    if (!(script in group_of)) { group_of[script] = ++groups; printf "%s", script > (work_in "/edit." groups) }
    print group_of[script] "\t" name_of > (work_in "/struck")
    return
  }
  print ++written "\t" t > (work_in "/written")
  for (i = 1; i <= w; i++) print out[i] > (work_in "/new." written)
  close(work_in "/new." written)
}
function struck(file, text) {
  sub(/:\/\/[^\/@ ]*@/, "://", text)
  printf "struck in %s: %s\n", file, text
}
BAKE_AWK
cat > "$bake_work/original.awk" <<'BAKE_AWK'
# What a file said before the first bake, without logins.
FNR == 1 { copy = "/opt/bakery/originals" FILENAME; there = (getline old < copy) >= 0; close(copy) }
!there && !/(_auth|[Pp]assw|[Tt]oken|[Ss]ecret|username)[A-Za-z]*["']?[ \t]*[=:]/ {
  gsub(/:\/\/[^\/@ ]*@/, "://"); print > copy
}
BAKE_AWK

bake_setting 'ini' 'index-url extra-index-url find-links trusted-host no-index' '/etc/pip.conf' '' 'index-url = https://mirror.corp.example/artifactory/api/pypi/pypi/simple' \
  '/etc/xdg/pip/pip.conf /etc/xdg/*/pip/pip.conf @/.pip/pip.conf @/.config/pip/pip.conf /usr/pip.conf /usr/local/pip.conf /opt/parallelcluster/pyenv/versions/*/pip.conf /opt/parallelcluster/pyenv/versions/*/envs/*/pip.conf /usr/local/pyenv/versions/*/pip.conf /usr/local/pyenv/versions/*/envs/*/pip.conf /root/.pyenv/versions/*/pip.conf /root/.pyenv/versions/*/envs/*/pip.conf /usr/local/aws/pip.conf /usr/local/aws-cli/v2/*/pip.conf /opt/*/pip.conf /opt/*/envs/*/pip.conf'
bake_setting 'toml' 'native-tls system-certs index index-url extra-index-url default-index find-links no-index allow-insecure-host' '/etc/uv/uv.toml' '/etc/xdg/|uv/uv.toml|uv/uv.toml' 'native-tls = true'$'\012''index = [{ url = "https://mirror.corp.example/artifactory/api/pypi/pypi/simple", default = true }]' \
  '@/.config/uv/uv.toml'
bake_setting 'yaml' 'channel_alias default_channels channels custom_channels custom_multichannels migrated_custom_channels whitelist_channels allowlist_channels ssl_verify restore_free_channel' '/etc/conda/.condarc' '' 'channel_alias: https://mirror.corp.example/artifactory/conda'$'\012''default_channels:'$'\012''  - https://mirror.corp.example/artifactory/conda/conda-forge'$'\012''channels:'$'\012''  - defaults'$'\012''ssl_verify: /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' \
  '/etc/conda/condarc /etc/conda/condarc.d/* /var/lib/conda/.condarc /var/lib/conda/condarc /var/lib/conda/condarc.d/* /opt/*/.condarc /opt/*/condarc /usr/local/*/.condarc /usr/local/*/condarc @/miniconda3/.condarc @/miniconda3/condarc @/anaconda3/.condarc @/anaconda3/condarc @/miniforge3/.condarc @/miniforge3/condarc @/mambaforge/.condarc @/mambaforge/condarc /opt/*/envs/*/.condarc /opt/parallelcluster/*/.condarc @/.condarc @/.mambarc @/.conda/.condarc @/.conda/condarc @/.config/conda/.condarc'
: > "$bake_work/struck"; : > "$bake_work/written"
awk -v work_in="$bake_work" -v none="$bake_work/none" -v mark='indexes-python' \
  -f "$bake_work/change.awk" -f "$bake_work/index.awk" "${bake_plan[@]}"

numbers=() files=() before=() edits=() existing=0
while IFS=$'\t' read -r number file; do
  edits[number]+=$file$'\n' before+=("$file")
done < "$bake_work/struck"
while IFS=$'\t' read -r number file; do
  numbers+=("$number") files+=("$file")
  if [ -s "$file" ]; then before+=("$file") existing=$((existing + 1)); fi
done < "$bake_work/written"
if [ "${#before[@]}" -gt 0 ]; then
  copies=()
  for file in "${before[@]}"; do copies+=("/opt/bakery/originals$file"); done
  mkdir -p -- "${copies[@]%/*}"
  awk -f "$bake_work/original.awk" "${before[@]}"
fi
for number in ${edits[@]:+"${!edits[@]}"}; do
  IFS=$'\n' read -r -d '' -a struck <<< "${edits[number]}" || true
  sed -i --follow-symlinks -f "$bake_work/edit.$number" -- "${struck[@]}"
  printf 'rewritten: %s\n' "${struck[@]}"
done
if [ "${#edits[@]}" -gt 0 ]; then sync; fi
for index in ${numbers[@]:+"${!numbers[@]}"}; do
  file=${files[index]} mode=644
  if [ -e "$file" ]; then mode=$(stat -c %a -- "$file"); fi
  bake_write "$file" "$mode" < "$bake_work/new.${numbers[index]}"
  printf 'written: %s\n' "$file"
done
printf 'looked at %s files: %s not ours and %s of ours changed\n' \
  "${#bake_target[@]}" "$((${#before[@]} - existing))" "${#files[@]}"

bake_reached=yes
