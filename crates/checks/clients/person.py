"""The person's browser, for scripts that play a site."""

import os
import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests

ISSUER = os.environ["CAST_PUBLIC_URL"]
COOKIE = os.environ["COOKIE"]


def browse(address):
    """The person's browser; returns the address of the site that it ends at, with what was posted to it as a query."""
    for _ in range(10):
        parts = urlsplit(address)
        if not address.startswith(ISSUER):
            return address
        if parts.path == "/consent":
            address = agree(dict(parse_qsl(parts.query))["authorization"])
        answer = requests.get(address, headers={"cookie": COOKIE, "accept": "text/html"}, allow_redirects=False, timeout=20)
        if answer.status_code == 200 and 'method="post"' in answer.text:
            action = unescape(re.search(r'action="([^"]*)"', answer.text)[1])
            fields = re.findall(r'name="([^"]*)" value="([^"]*)"', answer.text)
            return action + "?" + urlencode([(unescape(name), unescape(value)) for name, value in fields])
        assert "location" in answer.headers, f"{parts.path} answers {answer.status_code}: {answer.text}"
        address = urljoin(address, answer.headers["location"])
    raise AssertionError("the browser goes round in circles")


def agree(authorization_id):
    """What the consent page does when the person agrees."""
    answer = requests.post(
        f"{ISSUER}/v1/authorizations/{authorization_id}:decide",
        json={"decision": "CONSENT_GIVEN"},
        headers={"cookie": COOKIE, "origin": ISSUER},
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    return ISSUER + answer.json()["continueAt"]
