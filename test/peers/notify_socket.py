"""A service manager's ear: prints each datagram that comes to the unix socket as a line of JSON."""

import json
import socket
import sys

place = sys.argv[1]
address = "\0" + place[1:] if place.startswith("@") else place
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind(address)
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(ear.recv(4096).decode("utf-8")), flush=True)
