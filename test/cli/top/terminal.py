"""A pseudo-terminal for tests: runs a program in it and reports what it writes.

    terminal.py ROWS COLUMNS PROGRAM ARG...

Standard input: a JSON object a line, {"keys": "q"}, {"size": [24, 80]} or {"signal": "TERM"}.
Standard output: {"out": "..."} as it is written, and at the end {"status": 0, "restored": true}
with whether the terminal's settings are what they were before.
"""
import codecs, fcntl, json, os, select, signal, struct, sys, termios


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def tell(message):
    print(json.dumps(message), flush=True)


def start(argv, master, slave):
    child = os.fork()
    if child != 0:
        return child
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)
    os.close(master)
    os.execv(argv[0], argv)


def follow(command, child, master):
    if "keys" in command:
        os.write(master, command["keys"].encode())
    elif "size" in command:
        resize(master, *command["size"])
    else:
        os.kill(child, getattr(signal, "SIG" + command["signal"]))


def main():
    rows, columns, argv = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    master, slave = os.openpty()
    resize(master, rows, columns)
    before = termios.tcgetattr(slave)
    child = start(argv, master, slave)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    inputs, typed = [0, master], b""
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        ready, _, _ = select.select(inputs, [], [], 0 if ended else 0.05)
        if master in ready:
            tell({"out": decoder.decode(os.read(master, 65536))})
        elif ended:
            break
        if 0 in ready:
            some = os.read(0, 65536)
            if not some:
                os.kill(child, signal.SIGKILL)
                inputs = [master]
            *lines, typed = (typed + some).split(b"\n")
            for line in lines:
                follow(json.loads(line), child, master)
    code = os.waitstatus_to_exitcode(status)
    tell({"status": code, "restored": termios.tcgetattr(slave) == before})


main()
