#!/bin/bash
# bake: {"kind":"step","id":"preflight","programs":["curl","awk"],"network":true}
bake_id='preflight'
. /opt/bakery/lib/step.sh || exit 1
# Not in /tmp: some images mount it noexec, and other programs clean it.
mkdir -p /opt/bakery
bake_work=$(mktemp -d /opt/bakery/.work.XXXXXX)

# This step runs before any change to the image, so it trusts the CAs through a temporary file.
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
{
  if [ -e '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' ]; then cat -- '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'; fi
  printf '\n'
  if [ -d /opt/bakery/lib/cas ]; then cat /opt/bakery/lib/cas/*; fi
} > "$bake_work/bundle.pem"

# One curl for all servers, with options that version 7.61 (EL8) has. Any HTTP status proves that TLS works.
ask() {
  curl -q --config "$1" --cacert "$bake_work/bundle.pem" --head --silent --show-error --stderr - --globoff \
    --connect-timeout 10 --max-time 30 --write-out 'bake-answer %{http_code}\n' "${@:2}" || true
}
# The n-th error belongs to the n-th server without an answer. The order of the two lines differs by curl version.
cat > "$bake_work/judge.awk" <<'BAKE_AWK'
function advice(text) {
  if (text ~ /\((51|60)\)|certificate/) return "neither the image's roots nor trust.certificates accept its certificate: add the issuing CA to trust.certificates, or fix the certificate's names"
  if (text ~ /\(6\)/) return "the name cannot be resolved in the build subnet: fix DNS or the name"
  if (text ~ /\(5\)/) return "the proxy's name cannot be resolved: fix proxy.https"
  if (text ~ /\((7|28)\)/) return "no answer: let the build subnet reach this host and port, or fix the URL"
  if (text ~ /\((35|52|56)\)/) return "the connection was closed: a firewall or the proxy refuses it, or the server does not speak TLS"
  return "fix the URL, or the network between the build subnet and it"
}
NR == FNR { url[NR] = $1; uses[NR] = substr($0, length($1) + 2); next }
/^bake-answer / { asked++; status[asked] = $2; if ($2 == "000") silent[++silences] = asked; next }
/^curl: \([0-9]+\)/ { error[++errors] = $0; next }
END {
  for (i = 1; i <= silences; i++) reason[silent[i]] = error[i] == "" ? "no answer" : error[i]
  for (i = 1; i in url; i++) {
    if (i in reason) { bad = 1; printf "FAILED %s (%s): %s\n  %s\n", url[i], uses[i], reason[i], advice(reason[i]) }
    else if (i in status) printf "answers with %s: %s (%s)\n", status[i], url[i], uses[i]
    else { bad = 1; printf "FAILED %s: no request was made: %s\n", url[i], error[1] }
  }
  exit bad
}
BAKE_AWK

all=yes
: > "$bake_work/urls"
: > "$bake_work/ask"
printf '%s %s\n' 'https://mirror.corp.example/' 'rhel-8-baseos-rhui-rpms, rhel-8-appstream-rhui-rpms, codeready-builder-for-rhel-8-rhui-rpms, rhui-client-config-server-8, epel, aws-fsx, fsxlustreclientrepo, pip, uv, conda, npm, cran, spack, containers docker.io, containers ghcr.io' >> "$bake_work/urls"
printf 'url = "%s"\noutput = "/dev/null"\n' 'https://mirror.corp.example/' >> "$bake_work/ask"
ask "$bake_work/ask" --noproxy '*' > "$bake_work/answers"
awk -f "$bake_work/judge.awk" "$bake_work/urls" "$bake_work/answers" || all=no
: > "$bake_work/urls"
: > "$bake_work/ask"
printf '%s %s\n' 'https://mirror.corp.example/' 'git github.com' >> "$bake_work/urls"
printf 'url = "%s"\noutput = "/dev/null"\n' 'https://mirror.corp.example/' >> "$bake_work/ask"
ask "$bake_work/ask" --proxy 'http://proxy.corp.example:3128' > "$bake_work/answers"
awk -f "$bake_work/judge.awk" "$bake_work/urls" "$bake_work/answers" || all=no
if [ "$all" = no ]; then
  printf 'The image was not changed.\n'
  exit 1
fi
base64 -d <<'BAKE_DATA' | bake_write '/opt/bakery/preflight' 644
aHR0cHM6Ly9taXJyb3IuY29ycC5leGFtcGxlLwpodHRwczovL21pcnJvci5jb3JwLmV4YW1wbGUvIHRocm91Z2ggaHR0cDovL3Byb3h5LmNvcnAuZXhhbXBsZTozMTI4Cg==
BAKE_DATA

bake_reached=yes
