"""Plain and keyed locks and the API, by Python's standard library alone, over one connection."""

import http.client
import json
import sys
import threading
from urllib.parse import quote

host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
connection = http.client.HTTPConnection(host, port, timeout=60)


def ask(method, path, body=None, on=connection):
    on.request(method, path, None if body is None else json.dumps(body))
    answer = on.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else None


path = f"/v1/locks/{quote(name, safe='')}"
plain = "/lock/python"
for method in ("GET", "POST", "POST", "GET", "DELETE", "DELETE"):
    print(method, *ask(method, plain))
print(*ask("PUT", plain, {"key": "K", "lock_by": "R"}))
print(ask("PUT", plain, {"key": "L"})[0])
print(*ask("DELETE", plain, {"key": "K", "locked_by": "R"}))

status, hold = ask("POST", path, {"ttl": 0})
print(status, hold["name"] == name, hold["expires"])


def wait():
    other = http.client.HTTPConnection(host, port, timeout=60)
    waited.append(ask("POST", path, {"key": "waited", "wait": 50}, other))


waited = []
waiter = threading.Thread(target=wait)
waiter.start()
while ask("GET", path)[1]["waiters"] == 0:
    pass
print(ask("DELETE", path, {"key": hold["key"]})[0])
waiter.join()
status, granted = waited[0]
print(status, granted["key"], granted["fence"] > hold["fence"])
print(ask("DELETE", path, {"key": "waited"})[0])
