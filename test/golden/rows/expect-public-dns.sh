#!/bin/bash
# bake: {"kind":"row","id":"expect-public-dns"}
bake_id='expect-public-dns'
. /opt/bakery/lib/row.sh || exit 1
command=$(
  base64 -d <<'BAKE_DATA'
c2V0IC0tIC9ldGMvc3lzdGVtZC9yZXNvbHZlZC5jb25mIC9ldGMvc3lzdGVtZC9yZXNvbHZlZC5jb25mLmQgL2V0Yy9kaGNwL2RoY2xpZW50LmNvbmYgL2V0Yy9yZXNvbHYuY29uZgohIGdyZXAgLXJzRSAnXlteIztdKlsgPV0oOFsuXThbLl0oOFsuXTh8NFsuXTQpfDFbLl0oMVsuXTFbLl0xfDBbLl0wWy5dMSl8OVsuXTlbLl05Wy5dOSlcYicgIiRAIg==
BAKE_DATA
)
check() {
  printf '$ %s\n' "$command"
  HOME="${HOME:-/root}" bash -c "$command"
}
bake_judge
