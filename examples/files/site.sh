#!/bin/bash
# Settings of this site, for every image. The script must be safe to run twice.
set -euo pipefail

printf 'Example Corp HPC. Authorised use only.\n' > /etc/motd
printf 'umask 027\n' > /etc/profile.d/site.sh
