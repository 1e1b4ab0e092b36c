#!/bin/bash
# bake: {"kind":"row","id":"trust-store-java","programs":["awk","find"],"after":["trust-stores"]}
bake_id='trust-store-java'
. /opt/bakery/lib/row.sh || exit 1
searched='/opt /usr/local /usr/java /usr/lib/jvm /usr/lib/python* /usr/lib64/python* /root'
. /opt/bakery/lib/trust.sh
# Fails if one of our CAs is missing from the PEM certificates on standard input, which come from $1.
holds() {
  awk -v where="$1" -v wanted='1' '
    own && FNR == 1 { name = FILENAME; sub(/.*\//, "", name) }
    /-----BEGIN / { body = ""; on = 1; next }
    /-----END / { if (on && own) { names[body] = name; given++ } else if (on) { count++; seen[body] = 1 }; on = 0; next }
    on { gsub(/[ \t\r]/, ""); body = body $0 }
    END {
      bad = given != wanted
      if (bad) print "FAILED: " given + 0 " of our " wanted " files are among the anchors"
      for (body in names) {
        print (body in seen ? "in " : "FAILED: not in ") where ": " names[body]
        bad += !(body in seen)
      }
      print count + 0 " certificates in " where
      exit bad > 0
    }' own=1 '/usr/local/share/ca-certificates'/bakery-* own=0 -
}

# list STORE LISTED: lists LISTED with the keytool of STORE's JDK
list() {
  keytool=${1%/lib/security/cacerts}/bin/keytool
  if [ ! -x "$keytool" ]; then keytool=$(command -v keytool) || fail "no keytool to read $2"; fi
  "$keytool" -list -rfc -keystore "$2" -storepass changeit 2>&1 | holds "$2" || fail "Java trusts another store: $2"
}
check() {
  found=0 shared=
  while IFS= read -r -d '' store; do
    found=$((found + 1))
    if [ ! -e "$store" ]; then
      printf 'broken link, so this Java trusts no CA: %s\n' "$store"
    elif [ "$store" -ef '/etc/ssl/certs/java/cacerts' ]; then
      printf 'follows the OS: %s\n' "$store"
      if [ -x "${store%/lib/security/cacerts}/bin/keytool" ] || [ -z "$shared" ]; then shared=$store; fi
    else
      list "$store" "$store"
    fi
  done < <(stores '*/lib/security/cacerts')
  [ -z "$shared" ] || list "$shared" '/etc/ssl/certs/java/cacerts'
  [ "$found" -gt 0 ] || printf 'absent: no Java in this image\n'
}
bake_judge
