"""glockd run on a terminal: types what the second argument says into what the rest starts.

Prints what the terminal showed, and then the exit status. Each line of the second argument
is "WAIT-FOR<TAB>KEYS": the keys are typed, \\x03 for Ctrl-C, once the terminal has shown
the words before them.
"""
import os
import pty
import select
import sys
import time

steps = [line.split("\t") for line in sys.argv[1].split("\n")]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
deadline = time.monotonic() + 30
while True:
    if time.monotonic() > deadline:
        os.kill(pid, 9)
        break
    if steps and steps[0][0].encode() in shown:
        os.write(terminal, steps.pop(0)[1].encode().decode("unicode_escape").encode())
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if not ready:
        continue
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    shown += data
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode().replace("\r\n", "\n"))
print("status", os.waitstatus_to_exitcode(status))
