#!/bin/bash
# bake: {"kind":"row","id":"trust-aws","network":true,"after":["trust-stores"]}
bake_id='trust-aws'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
# Any response is enough, even if it is not from S3: it proves that TLS works.
try() {
  said=$(clean env AWS_MAX_ATTEMPTS=1 "$1" s3api list-buckets --no-sign-request --region us-east-1 --endpoint-url "$url" --cli-connect-timeout 20 2>&1) && return 0
  printf '%s\n' "$said"
  [[ $said =~ (An error occurred \(|Unable to parse response) ]]
}
check() { each aws /usr/local/aws-cli/v2/current/bin/aws; }
bake_judge
