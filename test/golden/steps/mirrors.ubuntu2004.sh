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

# What a source's URI looks like, its URL on the mirror or - to switch it off, its key on the mirror or -.
{
  printf '%s\t%s\t%s\n' 'https?://[a-z0-9.-]*archive[.]ubuntu[.]com/ubuntu/?' 'https://mirror.corp.example/artifactory/ubuntu' '-'
  printf '%s\t%s\t%s\n' 'https?://security[.]ubuntu[.]com/ubuntu/?' 'https://mirror.corp.example/artifactory/ubuntu' '-'
  printf '%s\t%s\t%s\n' 'https?://[a-z0-9.-]*ports[.]ubuntu[.]com(/ubuntu-ports)?/?' 'https://mirror.corp.example/artifactory/ubuntu-ports' '-'
  printf '%s\t%s\t%s\n' 'https://fsx-lustre-client-repo[.]s3[.]amazonaws[.]com/ubuntu/?' 'https://mirror.corp.example/fsx' '/usr/share/keyrings/bakery-fsxlustreclientrepo.gpg'
} > "$bake_work/table"

# One awk program for both forms. A source that has no mirror is switched off, never deleted.
cat > "$bake_work/common.awk" <<'BAKE_AWK'
NR == FNR { split($0, f, "\t"); rows++; pattern[rows] = f[1]; want[rows] = f[2]; key[rows] = f[3]; next }
# The row of a URI: its number, 0 for none, -1 for one that needs no change.
function row_of(uri,   i, plain) {
  plain = uri; sub(/\/$/, "", plain)
  for (i = 1; i <= rows; i++) if (want[i] == plain) return -1
  if (uri ~ /^(file|cdrom|copy):/) return -1
  for (i = 1; i <= rows; i++) if (uri ~ ("^(" pattern[i] ")$")) return want[i] == "-" ? 0 : i
  return 0
}
BAKE_AWK

cat > "$bake_work/one-line.awk" <<'BAKE_AWK'
/^[ \t]*deb(-src)?[ \t]/ {
  rest = $0; sub(/^[ \t]*/, "", rest)
  type = rest; sub(/[ \t].*$/, "", type); sub(/^[^ \t]+[ \t]+/, "", rest)
  options = ""
  if (substr(rest, 1, 1) == "[") {
    end = index(rest, "]"); options = substr(rest, 2, end - 2)
    rest = substr(rest, end + 1); sub(/^[ \t]+/, "", rest)
  }
  uri = rest; sub(/[ \t].*$/, "", uri); sub(/^[^ \t]+/, "", rest)
  row = row_of(uri)
  if (row == 0) { print "# not on the mirror: " $0; next }
  if (row == -1) { print; next }
  if (key[row] != "-") {
    gsub(/signed-by=[^ \t]*/, "", options); options = options " signed-by=" key[row]
  }
  gsub(/[ \t]+/, " ", options); sub(/^ /, "", options); sub(/ $/, "", options)
  print type (options == "" ? "" : " [" options "]") " " want[row] rest
  next
}
{ print }
BAKE_AWK

cat > "$bake_work/deb822.awk" <<'BAKE_AWK'
function emit_stanza(   i, j, count, part, uris, row, any, own) {
  uris = ""; any = 0; own = "-"
  for (i = 1; i <= n; i++) if (field[i] == "uris") {
    part = text[i]; sub(/^[Uu][Rr][Ii][Ss]:/, "", part)
    count = split(part, token, /[ \t]+/)
    for (j = 1; j <= count; j++) if (token[j] != "") {
      row = row_of(token[j])
      if (row == 0) continue
      if (row > 0) { if (key[row] != "-") own = key[row]; token[j] = want[row] }
      any = 1
      if (index(uris " ", " " token[j] " ") == 0) uris = uris " " token[j]
    }
  }
  for (i = 1; i <= n; i++) {
    if (field[i] == "uris" && any) {
      if (first[i]) print "URIs:" uris
      continue
    }
    if (field[i] == "enabled" && !any) continue
    if (field[i] == "signed-by" && own != "-") continue
    print text[i]
  }
  if (n && has_uris && !any) print "Enabled: no"
  if (n && own != "-") print "Signed-By: " own
  n = 0; has_uris = 0
}
/^[ \t]*$/ { emit_stanza(); print; last = ""; next }
{
  n++; text[n] = $0; field[n] = ""; first[n] = 0
  if ($0 ~ /^#/) next
  if ($0 ~ /^[ \t]/) { field[n] = last; next }
  last = $0; sub(/[ \t]*:.*$/, "", last); last = tolower(last)
  field[n] = last; first[n] = 1
  if (last == "uris") has_uris = 1
}
END { emit_stanza() }
BAKE_AWK

shopt -s nullglob
for path in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -e "$path" ] || continue
  file=$(readlink -f -- "$path")
  case "$path" in *.sources) form=deb822 ;; *) form=one-line ;; esac
  bake_original "$file"
  awk -f "$bake_work/common.awk" -f "$bake_work/$form.awk" "$bake_work/table" "$file" | bake_replace "$file"
done

bake_reached=yes
