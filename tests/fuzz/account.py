"""Opens an account as anybody would, lists a few works with it, and prints its access token.

    account.py URL LOG

LOG is the server's log, where phone codes arrive.
"""

import datetime
import json
import re
import sys
import time
import urllib.request

PHONE = "+821099998888"
EMAIL = "fuzz@example.com"
PASSWORD = "a password"


def call(base, method, path, body=None, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def code(log):
    for _ in range(200):
        with open(log, encoding="utf-8") as lines:
            found = re.search(r"code=(\d{6}) phone=" + re.escape(PHONE), lines.read())
        if found:
            return found.group(1)
        time.sleep(0.05)
    sys.exit("no phone code has arrived")


def main(base, log):
    call(base, "POST", "/v1/phone-codes", {"phone": PHONE})
    proof = call(base, "POST", "/v1/phone-codes/verify", {"phone": PHONE, "code": code(log)})
    account = {
        "email": EMAIL,
        "password": PASSWORD,
        "nickname": "fuzz",
        "name": "Fuzz",
        "phone_token": proof["phone_token"],
        "is_artist": True,
    }
    call(base, "POST", "/v1/users", account)
    session = call(base, "POST", "/v1/sessions", {"email": EMAIL, "password": PASSWORD})
    token = session["access_token"]
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    for number in range(5):
        work = {
            "title": f"Work {number}",
            "description": "",
            "genre": "painting",
            "start_price": 10_000,
            "ends_at": end.isoformat(),
        }
        call(base, "POST", "/v1/auctions", work, token)
    call(base, "POST", "/v1/me/charges", {"amount": 50_000}, token)
    print(token)


main(*sys.argv[1:])
