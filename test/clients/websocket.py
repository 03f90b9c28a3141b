"""A WebSocket client made of nothing but Python's standard library.

Usage: python3 websocket.py HOST PORT NAME
"""
import base64
import hashlib
import os
import socket
import struct
import sys

host, port, name = sys.argv[1:]


def connect():
    s = socket.create_connection((host, int(port)), timeout=30)
    key = base64.b64encode(os.urandom(16)).decode()
    s.sendall(
        f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read(s, 1)
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    assert head.startswith(b"HTTP/1.1 101 "), head
    assert base64.b64encode(digest) in head, head
    return s


def read(s, count):
    data = b""
    while len(data) < count:
        piece = s.recv(count - len(data))
        if not piece:
            raise EOFError("the server has closed the connection")
        data += piece
    return data


def ask(s, command):
    payload = command.encode()
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    assert len(payload) < 126
    s.sendall(bytes([0x81, 0x80 | len(payload)]) + mask + masked)
    first, length = read(s, 2)
    assert first == 0x81, f"not one text message: {first:#x}"
    if length == 126:
        (length,) = struct.unpack("!H", read(s, 2))
    reply = read(s, length).decode()
    assert reply.endswith("\n"), reply
    return reply[:-1]


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
