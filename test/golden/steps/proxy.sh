#!/bin/bash
# bake: {"kind":"step","id":"proxy","programs":["awk","sed"],"after":["settings-reader"]}
bake_id='proxy'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# shellcheck disable=SC2034 # settings.sh uses it
bake_direct='localhost,127.0.0.1,::1,169.254.169.254,fd00:ec2::254,169.254.170.2,169.254.169.123,.internal,.compute.internal,.ec2.internal,.us-east-1.amazonaws.com,.us-east-1.vpce.amazonaws.com,s3-us-east-1.amazonaws.com,.s3-us-east-1.amazonaws.com,.us-east-1.api.aws,mirror.corp.example,.corp.example'
bake_plan=()
# shellcheck disable=SC2034
declare -A bake_target=()
# shellcheck source=/dev/null
. /opt/bakery/lib/settings.sh
cat > "$bake_work/change.awk" <<'BAKE_AWK'
# In files that are not ours, single lines change. Files with the same change share one sed process.
function change(   i, script, new) {
  if (t == "") {
    for (i = 1; i <= w; i++) if (out[i] == "#" line[i]) script = script i "s/^/#/\n"
    else if (out[i] != line[i]) {
      new = out[i]; gsub(/[\\&|]/, "\\\\&", new); script = script i "s|.*|" new "|\n"
    }
    if (!(script in group_of)) { group_of[script] = ++groups; printf "%s", script > (work_in "/edit." groups) }
    print group_of[script] "\t" name_of > (work_in "/struck")
    return
  }
  print t > (work_in "/written"); new = t ".bake-new"
  for (i = 1; i <= w; i++) print out[i] > new
  close(new)
}
function struck(file, text) {
  sub(/:\/\/[^\/@ ]*@/, "://", text)
  printf "commented out in %s: %s\n", file, text
}
BAKE_AWK
cat > "$bake_work/original.awk" <<'BAKE_AWK'
# Keeps a copy of each file as it was before the first bake, without logins.
FNR == 1 { copy = "/opt/bakery/originals" FILENAME; there = (getline old < copy) >= 0; close(copy) }
!there && !/(_auth|[Pp]assw|[Tt]oken|[Ss]ecret|username)[A-Za-z]*["']?[ \t]*[=:]/ {
  gsub(/:\/\/[^\/@ ]*@/, "://"); print > copy
}
BAKE_AWK

bake_setting 'git' 'http.proxy' '/etc/gitconfig' '' '[http]'$'\012'$'\011''proxy = http://proxy.corp.example:3128'$'\012''[http "https://localhost/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.internal/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.compute.internal/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.ec2.internal/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.us-east-1.amazonaws.com/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://mirror.corp.example/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.corp.example/"]'$'\012'$'\011''proxy = ""' \
  '@/.gitconfig @/.config/git/config'
: > "$bake_work/struck"; : > "$bake_work/written"
# Write our files beside the files that they replace, so that a rename replaces them atomically.
folders=()
for file in "${!bake_target[@]}"; do folders+=("${file%/*}"); done
if [ "${#folders[@]}" -gt 0 ]; then mkdir -p -- "${folders[@]}"; fi
awk -v work_in="$bake_work" -v none="$bake_work/none" -v mark='proxy' \
  -f "$bake_work/change.awk" -f /opt/bakery/lib/settings.awk "${bake_plan[@]}"

mapfile -t files < "$bake_work/written"
before=() edits=() existing=()
while IFS=$'\t' read -r number file; do
  edits[number]+=$file$'\n' before+=("$file")
done < "$bake_work/struck"
foreign=${#before[@]}
for file in ${files[@]:+"${files[@]}"}; do
  if [ -e "$file" ]; then existing+=("$file") before+=("$file"); fi
done
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
if [ "${#files[@]}" -gt 0 ]; then
  chmod 644 -- "${files[@]/%/.bake-new}"
  for file in ${existing[@]:+"${existing[@]}"}; do chmod --reference="$file" -- "$file.bake-new"; done
fi
sync
for file in ${files[@]:+"${files[@]}"}; do
  mv -fT -- "$file.bake-new" "$file"
  printf 'written: %s\n' "$file"
done
printf 'checked %s files: changed %s other files and %s of ours\n' \
  "${#bake_target[@]}" "$foreign" "${#files[@]}"

bake_reached=yes
