"""A client as Python programs have it, over AF_INET or AF_UNIX: sendall and recv.

Usage: python3 client.py HOST PORT NAME   or   python3 client.py PATH NAME
"""
import socket
import sys

*place, name = sys.argv[1:]


def connect():
    if len(place) == 1:
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(place[0])
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect((place[0], int(place[1])))
    s.settimeout(30)
    return s


def ask(s, command):
    s.sendall((command + "\n").encode())
    return s.recv(4096).decode().rstrip("\n")


one, two = connect(), connect()
print(ask(one, "g " + name))
print(ask(two, "g " + name))
print(ask(two, "i " + name))
print(ask(one, "sg " + name))
print(ask(two, "sg " + name))
print(ask(one, "iam python " + name))
print(ask(one, "d " + name))
print(ask(one, "r " + name))
print(ask(two, "g " + name))
two.close()
reply = ""
while not reply.startswith("1 "):
    reply = ask(one, "g " + name)
print(reply)
print(ask(one, "si " + name))
