#!/bin/bash
# bake: {"kind":"row","id":"trust-pyenv","network":true,"after":["trust-stores"]}
bake_id='trust-pyenv'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
try() { clean "$1" -I -c "$python" "$url"; }
IFS= read -r -d '' python <<'BAKE_PYTHON' || true
import importlib, sys
from http.client import HTTPSConnection
from urllib.parse import urlsplit
url = sys.argv[1]
def ssl():
    at = urlsplit(url)
    server = HTTPSConnection(at.hostname, at.port or 443, timeout=20)
    server.request('HEAD', at.path or '/')
    server.getresponse()
def requests(name='requests'):
    importlib.import_module(name).get(url, timeout=20, allow_redirects=False)
def botocore():
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session
    URLLib3Session(timeout=20).send(AWSRequest('GET', url).prepare())
def there(name):
    try:
        return importlib.import_module(name) is not None
    except ImportError:
        return False
bad = 0
for name, test in (('ssl', ssl), ('requests', requests), ('pip._vendor.requests', lambda: requests('pip._vendor.requests')), ('botocore.httpsession', botocore)):
    if not there(name):
        continue
    try:
        test()
        print('  accepts: ' + name)
    except Exception as error:
        bad = 1
        print('  REFUSES: %s: %s' % (name, error))
sys.exit(bad)
BAKE_PYTHON

check() {
  each {/opt/parallelcluster/,/usr/local/,/root/.}pyenv/versions/*/{,envs/*/}bin/python3 \
    /usr/local/aws/bin/python3 /opt/*{conda,forge,mamba}*/bin/python3
}
bake_judge
