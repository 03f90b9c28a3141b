"""A service manager's hands: hand_over.py KIND=PLACE[=NAME] ... -- PROGRAM [ARGUMENT ...]

Opens listeners and becomes the program, which finds them from descriptor 3 on, as
sd_listen_fds(3) describes it. KIND is tcp, unix, or datagram for what is no listener.
"""

import os
import socket
import sys

split = sys.argv.index("--")
names = []
opened = []
for wish in sys.argv[1:split]:
    kind, place, *name = wish.split("=")
    if kind == "tcp":
        host, port = place.rsplit(":", 1)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        one = socket.socket(family, socket.SOCK_STREAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, int(port)))
    else:
        type_ = socket.SOCK_DGRAM if kind == "datagram" else socket.SOCK_STREAM
        one = socket.socket(socket.AF_UNIX, type_)
        one.bind(place)
    if kind != "datagram":
        one.listen()
    names.append(name[0] if name else "")
    opened.append(one)

# Out of the way of the places where they are to be.
copies = [os.dup(one.fileno()) for one in opened]
spare = [os.dup2(copy, 100 + index) for index, copy in enumerate(copies)]
for index, descriptor in enumerate(spare):
    os.dup2(descriptor, 3 + index, inheritable=True)
for one in opened:
    if one.fileno() >= 3 + len(opened):
        one.close()
    else:
        one.detach()
for descriptor in copies + spare:
    if descriptor >= 3 + len(opened):
        os.close(descriptor)

os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(opened))
if any(names):
    os.environ["LISTEN_FDNAMES"] = ":".join(names)
os.execv(sys.argv[split + 1], sys.argv[split + 1 :])
