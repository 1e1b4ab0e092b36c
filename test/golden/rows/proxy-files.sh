#!/bin/bash
# bake: {"kind":"row","id":"proxy-files","programs":["awk"],"after":["settings-reader","proxy"]}
bake_id='proxy-files'
. /opt/bakery/lib/row.sh || exit 1
check() {
  bake_work=$(mktemp -d)
  trap 'rm -rf -- "$bake_work"' EXIT
  cat > "$bake_work/change.awk" <<'BAKE_AWK'
# This check changes nothing: every change that the step would make is an error.
function change() { failed = 1; printf "FAILED: %s has unexpected content\n", (t == "" ? name_of : t) }
function struck(file, text) { gsub(/:\/\/[^\/@ ]*@/, "://", text); printf "BAD  %s: %s\n", file, text }
FNR == 1 { printf "seen %s\n", (target == "" ? FILENAME : target) }
BAKE_AWK
# shellcheck disable=SC2034 # settings.sh uses it
bake_direct='localhost,127.0.0.1,::1,169.254.169.254,fd00:ec2::254,169.254.170.2,169.254.169.123,.internal,.compute.internal,.ec2.internal,.us-east-1.amazonaws.com,.us-east-1.vpce.amazonaws.com,s3-us-east-1.amazonaws.com,.s3-us-east-1.amazonaws.com,.us-east-1.api.aws,mirror.corp.example,.corp.example'
bake_plan=()
# shellcheck disable=SC2034
declare -A bake_target=()
# shellcheck source=/dev/null
. /opt/bakery/lib/settings.sh
  bake_setting 'git' 'http.proxy' '/etc/gitconfig' '' '[http]'$'\012'$'\011''proxy = http://proxy.corp.example:3128'$'\012''[http "https://localhost/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.internal/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.compute.internal/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.ec2.internal/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.us-east-1.amazonaws.com/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://mirror.corp.example/"]'$'\012'$'\011''proxy = ""'$'\012''[http "https://*.corp.example/"]'$'\012'$'\011''proxy = ""' \
    '@/.gitconfig @/.config/git/config'
  awk -v none="$bake_work/none" -v mark='proxy' \
    -f "$bake_work/change.awk" -f /opt/bakery/lib/settings.awk "${bake_plan[@]}"
}
bake_judge
