"""mod_auth_openidc (C, as Debian packages it) in an Apache of its own, unmodified, as institutions protect what they have: the module signs a
person in before it shows a page, ends its own session when the platform tells it, and sends people to sign out."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urljoin

import requests
from person import ISSUER, browse

PORT = os.environ["SITE_PORT"]
SITE = f"http://localhost:{PORT}"

CONFIGURATION = """
ServerRoot "/etc/apache2"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {home}/pid
ErrorLog {home}/errors.log
Mutex file:{home} default
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule auth_openidc_module /usr/lib/apache2/modules/mod_auth_openidc.so
User {user}
Group {group}
DocumentRoot {home}/pages
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client}
OIDCClientSecret {secret}
OIDCRedirectURI {site}/callback
OIDCCryptoPassphrase {passphrase}
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCResponseType code
OIDCSSLValidateServer Off
OIDCCacheType shm
OIDCSessionType server-cache
<Directory {home}/pages>
  AuthType openid-connect
  Require valid-user
  Header set X-Person "expr=%{{REMOTE_USER}}"
</Directory>
<Location /callback>
  AuthType openid-connect
  Require valid-user
</Location>
"""


def started(home):
    configuration = CONFIGURATION.format(
        port=PORT,
        home=home,
        issuer=ISSUER,
        site=SITE,
        client=os.environ["CLIENT_ID"],
        secret=os.environ["CLIENT_SECRET"],
        passphrase=os.urandom(24).hex(),
        user="www-data",
        group="www-data",
    )
    (home / "apache.conf").write_text(configuration)
    pages = home / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("members only")
    for path in (home, pages):
        path.chmod(0o777)
    server = subprocess.Popen(["apache2", "-f", str(home / "apache.conf"), "-DFOREGROUND"])
    for _ in range(100):
        try:
            requests.get(SITE, allow_redirects=False, timeout=5)
            return server
        except requests.ConnectionError:
            assert server.poll() is None, (home / "errors.log").read_text()
            time.sleep(0.1)
    raise AssertionError("Apache does not start")


def page(visitor):
    return visitor.get(f"{SITE}/index.html", allow_redirects=False, timeout=20)


with tempfile.TemporaryDirectory() as folder:
    home = Path(folder)
    server = started(home)
    try:
        visitor = requests.Session()
        first = page(visitor)
        assert first.status_code == 302, first.text
        back = browse(first.headers["location"])
        assert back.startswith(f"{SITE}/callback"), back
        landed = visitor.get(back, allow_redirects=False, timeout=20)
        assert landed.status_code == 302, (home / "errors.log").read_text()
        shown = visitor.get(urljoin(SITE, landed.headers["location"]), allow_redirects=False, timeout=20)
        assert shown.status_code == 200 and "members only" in shown.text, (home / "errors.log").read_text()
        assert re.fullmatch(r"[0-9a-f-]{36}@.*", shown.headers["x-person"]), shown.headers
        # The module sends the person to sign out, with the ID token as hint, and they come back.
        out = visitor.get(f"{SITE}/callback?logout={SITE}/bye", allow_redirects=False, timeout=20)
        gone = browse(out.headers["location"])
        assert gone == f"{SITE}/bye", gone
        assert page(visitor).status_code == 302, "its session has ended too"
    except BaseException:
        print((home / "errors.log").read_text(), file=sys.stderr)
        raise
    finally:
        server.terminate()
        server.wait(10)

print("mod_auth_openidc: signed in, showed the page, signed out")
