#!/bin/bash
# bake: {"kind":"row","id":"indexes-tools-files","programs":["awk"],"after":["indexes-tools"]}
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# These would make a client trust another store than the one that is looked at.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
bake_id='indexes-tools-files'
trap 'printf "bake-report row %s failed - -\n" "$bake_id"; exit 1' EXIT

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

check() {
bake_work=$(mktemp -d)
trap 'rm -rf -- "$bake_work"' EXIT
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
  sub(/^[ \t\r]+/, "", s); lead_of = length(raw) - length(s); sub(/[ \t\r]+$/, "", s)
  if (s == "" || s ~ /^#/ || (f == "npmrc" || f == "git") && s ~ /^;/) return NOTHING
  if (f == "npmrc") return npmrc(s)
  if (f == "yaml") return yaml(s)
  if (f == "git") return git(s)
  return LIVE
}
function npmrc(s,   name) {
  name = s; sub(/[ \t]*=.*$/, "", name); sub(/\[\]$/, "", name); gsub(/^["']|["']$/, "", name)
  if (name ~ /:registry$/) name = "registry"
  return (name in want) ? STRUCK : LIVE
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
# Nothing is changed here: whatever would be is wrong.
function change() { failed = 1; printf "FAILED: %s does not say what it should\n", (t == "" ? name_of : t) }
function struck(file, text) { gsub(/:\/\/[^\/@ ]*@/, "://", text); printf "BAD  %s: %s\n", file, text }
FNR == 1 { printf "seen %s\n", (target == "" ? FILENAME : target) }
BAKE_AWK
bake_setting 'npmrc' 'registry cafile ca strict-ssl' '/usr/local/etc/npmrc /usr/etc/npmrc /etc/npmrc' '/opt/*/|bin/npm|etc/npmrc /opt/*/*/|bin/npm|etc/npmrc /usr/local/*/|bin/npm|etc/npmrc' 'registry=https://mirror.corp.example/artifactory/api/npm/npm/'$'\012''cafile=/etc/ssl/certs/ca-certificates.crt' \
  '@/.npmrc @/etc/npmrc /usr/lib/node_modules/npm/npmrc /usr/local/lib/node_modules/npm/npmrc'
bake_setting 'tail' '' '' '/etc/R/||Rprofile.site /usr/lib/R/|etc/|etc/Rprofile.site /usr/lib64/R/|etc/|etc/Rprofile.site /usr/local/lib*/R/|etc/|etc/Rprofile.site /opt/R/*/lib*/R/|etc/|etc/Rprofile.site' 'options(repos = c(CRAN = "https://mirror.corp.example/artifactory/cran"))' \
  ''
bake_setting 'yaml' 'mirrors' '/etc/spack/mirrors.yaml' '' 'mirrors::'$'\012''  bakery: https://mirror.corp.example/artifactory/spack' \
  '/opt/spack/etc/spack/mirrors.yaml /opt/spack/etc/spack/site/mirrors.yaml /opt/*/spack/etc/spack/mirrors.yaml /opt/*/spack/etc/spack/site/mirrors.yaml /opt/*/*/spack/etc/spack/mirrors.yaml /opt/*/*/spack/etc/spack/site/mirrors.yaml /usr/local/spack/etc/spack/mirrors.yaml /usr/local/spack/etc/spack/site/mirrors.yaml /shared/spack/etc/spack/mirrors.yaml /shared/spack/etc/spack/site/mirrors.yaml @/spack/etc/spack/mirrors.yaml @/spack/etc/spack/site/mirrors.yaml @/.spack/mirrors.yaml'
bake_setting 'git' 'https://github.com/ git@github.com: ssh://git@github.com/' '/etc/gitconfig' '' '[url "https://mirror.corp.example/git/github/"]'$'\012'$'\011''insteadOf = "https://github.com/"'$'\012'$'\011''insteadOf = "git@github.com:"'$'\012'$'\011''insteadOf = "ssh://git@github.com/"' \
  '@/.gitconfig @/.config/git/config /usr/local/etc/gitconfig /opt/*/etc/gitconfig'
bake_setting 'whole' '' '/etc/containers/registries.conf.d/zz-bakery.conf' '' '# Written by bake: the mirror stands for these registries; the public ones are not asked.'$'\012''unqualified-search-registries = ["docker.io", "ghcr.io"]'$'\012'$'\012''[[registry]]'$'\012''prefix = "docker.io"'$'\012''location = "mirror.corp.example/docker-hub"'$'\012'$'\012''[[registry]]'$'\012''prefix = "ghcr.io"'$'\012''location = "mirror.corp.example/ghcr"' \
  ''
bake_setting 'whole' '' '/etc/containerd/certs.d/docker.io/hosts.toml' '' '# Written by bake.'$'\012''server = "https://mirror.corp.example/v2/docker-hub"'$'\012''override_path = true'$'\012'$'\012''[host."https://mirror.corp.example/v2/docker-hub"]'$'\012''  capabilities = ["pull", "resolve"]'$'\012''  override_path = true' \
  ''
bake_setting 'whole' '' '/etc/containerd/certs.d/ghcr.io/hosts.toml' '' '# Written by bake.'$'\012''server = "https://mirror.corp.example/v2/ghcr"'$'\012''override_path = true'$'\012'$'\012''[host."https://mirror.corp.example/v2/ghcr"]'$'\012''  capabilities = ["pull", "resolve"]'$'\012''  override_path = true' \
  ''
awk -v none="$bake_work/none" -v mark='indexes-tools' \
  -f "$bake_work/change.awk" -f "$bake_work/index.awk" "${bake_plan[@]}"
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
