#!/bin/bash
# bake: {"kind":"row","id":"expect-pip-extra-index"}
bake_id='expect-pip-extra-index'
. /opt/bakery/lib/row.sh || exit 1
command=$(
  base64 -d <<'BAKE_DATA'
c2V0IC0tIC9ldGMvcGlwLmNvbmYgL2V0Yy94ZGcvcGlwL3BpcC5jb25mIC9yb290Ly5jb25maWcvcGlwL3BpcC5jb25mIC9yb290Ly5waXAvcGlwLmNvbmYgL2V0Yy9lbnZpcm9ubWVudAohIGdyZXAgLXNFICdeW1s6c3BhY2U6XV0qKGV4dHJhLWluZGV4LXVybHxQSVBfRVhUUkFfSU5ERVhfVVJMKVtbOnNwYWNlOl1dKj0nICIkQCI=
BAKE_DATA
)
check() {
  printf '$ %s\n' "$command"
  HOME="${HOME:-/root}" bash -c "$command"
}
bake_judge
