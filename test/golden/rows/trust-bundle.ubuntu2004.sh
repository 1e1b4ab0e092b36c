#!/bin/bash
# bake: {"kind":"row","id":"trust-bundle","programs":["awk"],"after":["trust-extract"]}
bake_id='trust-bundle'
. /opt/bakery/lib/row.sh || exit 1
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

check() {
  [ -s '/etc/ssl/certs/ca-certificates.crt' ] || fail '/etc/ssl/certs/ca-certificates.crt' is missing
  # shellcheck disable=SC2094 # `holds` only prints the name
  holds '/etc/ssl/certs/ca-certificates.crt' < '/etc/ssl/certs/ca-certificates.crt' || fail 'a CA is missing'
}
bake_judge
