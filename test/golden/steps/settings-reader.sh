#!/bin/bash
# bake: {"kind":"step","id":"settings-reader"}
bake_id='settings-reader'
. /opt/bakery/lib/step.sh || exit 1
# Functions that the steps and rows of settings share. They are in the image once: with a copy in each script, the
# component would be too large.
bake_write /opt/bakery/lib/settings.sh 644 <<'BAKE_DATA'
# Collects the arguments of one awk process over all files: settings, each followed by its files.
shopt -s nullglob
bake_count=0
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
  printf '%s' "${5//@direct@/$bake_direct}" > "$bake_work/ours.$bake_count"
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
BAKE_DATA
bake_write /opt/bakery/lib/settings.awk 644 <<'BAKE_AWK'
# Classifies a line: NOTHING (blank or comment), LIVE (keep), STRUCK (comment out), HERE (insert our lines after it).
function judge(s) {
  if (f == "ini") return ini(s)
  sub(/^[ \t\r]+/, "", s); lead_of = length(raw) - length(s); sub(/[ \t\r]+$/, "", s)
  if (s == "" || s ~ /^#/ || (f == "npmrc" || f == "git") && s ~ /^;/) return NOTHING
  if (f == "npmrc") return npmrc(s)
  if (f == "yaml") return yaml(s)
  if (f == "toml") return toml(s)
  if (f == "git") return git(s)
  return LIVE
}
# configparser as pip uses it: full-line comments, indented continuation lines, case-insensitive names, - equals _.
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
function npmrc(s,   name) {
  name = s; sub(/[ \t]*=.*$/, "", name); sub(/\[\]$/, "", name); gsub(/^["']|["']$/, "", name)
  if (name ~ /:registry$/) name = "registry"
  return (name in want) ? STRUCK : LIVE
}
# Handles keys of the top-level mapping, each with its nested lines.
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
function git(s,   name, value, k) {
  if (s ~ /^\[/) {
    group = s; sub(/^\[[ \t]*/, "", group); sub(/\].*$/, "", group); group = tolower(group)
    sub(/^\[[^]]*\][ \t]*/, "", s)
    if (s == "" || s ~ /^[#;]/) return LIVE
    oneline = 1
  } else oneline = 0
  name = s; sub(/[ \t]*=.*$/, "", name); name = tolower(name)
  value = s; sub(/^[^=]*=[ \t]*/, "", value); gsub(/"/, "", value)
  if ((group "." name) in want) return oneline ? cannot() : STRUCK
  if (name != "insteadof" && name != "pushinsteadof") return LIVE
  for (k in want) if (k ~ /[:\/]/ && index(value, k) == 1) return oneline ? cannot() : STRUCK
  return LIVE
}
function cannot() {
  printf "%s: cannot be changed line by line; write each setting on a line of its own\n", name_of > "/dev/stderr"
  failed = 1
  return LIVE
}
# Classifies a line. If a lone carriage return also ends lines, each piece is classified on its own.
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
  # Keep a line that equals one of ours: the trust step names the same bundle in its own file.
  if (what == STRUCK && (f == "yaml" || f == "npmrc") && (text in ours_too)) what = LIVE
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
# The last line of our block that begins at line i, or 0.
function block(i,   e) {
  if (t == "" || !is_mark(line[i], "begin")) return 0
  for (e = i; e <= n; e++) if (is_mark(line[e], "end")) return e
  return 0
}
function work(   i, j, e, what, waiting, old, changed, part, text) {
  split("", want); j = split(k, part, " ")
  for (i = 1; i <= j; i++) want[part[i]] = 1
  our = 0; split("", ours_too)
  while ((getline text < o) > 0) { own_line[++our] = text; if (text !~ /:$/) ours_too[text] = 1 }
  close(o)
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
  # White space as Python defines it, in UTF-8.
  WHITE = "[\t\013\014\034\035\036\037]|\302[\205\240]|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200"
}
FNR == 1 { if (n) work(); n = 0; name_of = FILENAME; f = form; k = keys; o = ours; t = target }
{
  # Python treats a lone carriage return as a line end, so split there before our lines are inserted.
  text = $0
  while (t != "" && f == "ini" && match(text, /\r./)) {
    line[++n] = substr(text, 1, RSTART - 1); text = substr(text, RSTART + 1)
  }
  line[++n] = text
}
END { if (n) work(); exit failed }
BAKE_AWK
printf 'in place: %s\n' /opt/bakery/lib/settings.sh /opt/bakery/lib/settings.awk

bake_reached=yes
