"""What a student's program cannot do: each of these tries to, in a way that would do no harm."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lmkit.check import calling
from lmkit.check.calling import Failed
from lmkit.check.limits import time_limit
from lmkit.classroom import contents, marking, sandbox
from lmkit.classroom.marking import report_on

MASK = "import torch\ndef causal_mask(n):\n    return torch.ones(n, n, dtype=torch.bool).tril()"
WRONG = MASK.replace("tril", "triu")


@pytest.fixture(scope="module", params=sandbox.COMMANDS)
def box(request):
    """One place for all answers, of each kind that can be made here."""
    if not sandbox.can_be_made(request.param):
        pytest.skip(f"there is no {request.param} here, or it may not make a sandbox")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLASS_SECRET", "a word")
        with sandbox.Sandbox(request.param) as box:
            yield box


def inside(box, code, *args):
    """What the function `look` of a student's program gives."""
    with box.answer() as peer, time_limit(20.0):
        return peer.call(marking.BEGIN, ([code], ["look"], "", ""))["answers"][0](*args)


def mask(box, *cells):
    return report_on(box, list(cells), "causal_mask", ["causal_mask"], seed=7)


@pytest.fixture(autouse=True)
def the_next_answer_is_judged_as_ever(box):
    """Whatever an answer did, the one after it is right."""
    yield
    assert mask(box, MASK).ok


def test_of_all_files_only_those_of_python_and_its_own_are_there(box, tmp_path):
    """Neither the submissions, nor the chapters, nor what else the teacher has."""
    (tmp_path / "ada.ipynb").write_text("{}")
    code = "import os\ndef look(*paths): return [os.path.exists(path) for path in paths], sorted(os.listdir('/'))"
    chapter = Path(__file__).parents[2] / "chapters" / "02_attention.ipynb"
    assert chapter.exists()
    there, top = inside(box, code, str(tmp_path / "ada.ipynb"), str(chapter), __file__, "/etc/passwd", "/home")
    assert there == [False] * 5
    kept = {Path(path).parts[1] for path in contents.FOUND}
    assert set(top) <= kept | {"book", "dev", "own", "proc", "tmp"}


def test_its_lmkit_has_no_banks(box):
    code = """
import os
from lmkit import check
def look():
    banks = [name for name in os.listdir('/book/lmkit/check/banks') if os.path.isdir('/book/lmkit/check/banks/' + name)]
    return banks, list(check.EXERCISES), hasattr(check, 'attention')
"""
    assert inside(box, code) == ([], [], False)


def test_no_line_of_a_bank_is_in_any_file_of_its_lmkit(box):
    code = """
import os
def look(word):
    files = [os.path.join(folder, name) for folder, _, names in os.walk('/book') for name in names]
    return len(files) > 50, [file for file in files if word in open(file, 'rb').read()]
"""
    assert inside(box, code, b"diagonal-excluded") == (True, [])


def test_there_is_no_network(box):
    code = """
import socket
def look(port):
    try:
        socket.create_connection(('127.0.0.1', port), timeout=1)
    except OSError as error:
        return 'refused'
"""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert inside(box, code, listening.getsockname()[1]) == "refused"


def test_it_sees_no_process_but_its_own(box):
    code = """
import os
def look():
    told = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            with open(f'/proc/{name}/cmdline', 'rb') as file:
                told[int(name)] = file.read()
    return os.getpid(), told
"""
    own, told = inside(box, code)
    assert own in told and len(told) <= 4
    assert not any(b"pytest" in command for command in told.values())


def test_it_cannot_look_into_the_server(box):
    code = """
import os
def look():
    found = {}
    for name in ('mem', 'environ', 'fd', 'maps'):
        path = f'/proc/{os.getppid()}/{name}'
        try:
            os.listdir(path) if name == 'fd' else open(path, 'rb').read(1)
            found[name] = True
        except OSError:
            found[name] = False
    return found
"""
    assert inside(box, code) == {"mem": False, "environ": False, "fd": False, "maps": False}


def test_nothing_of_the_teachers_environment_is_handed_on(box):
    assert os.environ["CLASS_SECRET"] == "a word"
    found = inside(box, "import os\ndef look(): return dict(os.environ)")
    assert "OMP_NUM_THREADS" in found and "CLASS_SECRET" not in found and "a word" not in found.values()


def test_no_seed_is_told(box):
    """A secret number is nowhere in what an answer is handed, nor in the memory that it can reach by its frames."""
    code = """
import sys
def causal_mask(n):
    frame, seen = sys._getframe(), []
    while frame:
        seen += [repr(value) for value in [*frame.f_locals.values(), *frame.f_globals.values()]]
        frame = frame.f_back
    raise ValueError('told' if '987654321' in ' '.join(seen) else 'not told')
"""
    told = report_on(box, [code], "causal_mask", ["causal_mask"], seed=987654321)
    assert "ValueError: not told" in str(told)


def test_it_gets_no_rights(box):
    """Neither as another user, nor in a namespace of its own."""
    code = """
import os, subprocess
def look():
    with open('/proc/self/status') as file:
        status = dict(line.rstrip().split(':\\t') for line in file if line.startswith(('CapEff', 'CapBnd', 'NoNew')))
    apart = subprocess.run(['unshare', '--user', 'true'], capture_output=True).returncode
    return os.getuid() == 0, status, apart != 0
"""
    is_root, status, is_refused = inside(box, code)
    assert not is_root and is_refused
    assert status == {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}


def test_a_file_of_one_answer_is_not_there_for_the_next(box):
    write = "def look():\n    open('/own/note', 'w').write('x')\n    return open('/own/note').read()"
    assert inside(box, write) == "x"
    assert inside(box, "import os\ndef look(): return os.path.exists('/own/note')") is False


def test_a_process_of_one_answer_is_not_there_for_the_next(box):
    start = "import subprocess\ndef look(): return subprocess.Popen(['sleep', '60']).pid"
    look = """
import os
def look():
    commands = [open(f'/proc/{name}/cmdline').read() for name in os.listdir('/proc') if name.isdigit()]
    return [command for command in commands if 'sleep' in command]
"""
    assert inside(box, start) > 1
    assert inside(box, look) == []


def test_shared_memory_of_one_answer_is_not_there_for_the_next(box):
    share = "import ctypes\ndef look(): return ctypes.CDLL(None).shmget(1234, 4096, 0o1600)"
    assert inside(box, share) >= 0
    assert inside(box, "def look(): return open('/proc/sysvipc/shm').read().split('\\n')[1:]") == [""]


@pytest.mark.parametrize("place", ["/book/lmkit/note", "/usr/note", "/note", "/dev/shm/note", "/proc/1/comm"])
def test_it_writes_nowhere_else(box, place):
    code = "def look(place):\n    with open(place, 'w') as file: file.write('x')"
    with pytest.raises(Failed) as caught:
        inside(box, code, place)
    assert caught.value.failure.name in ("OSError", "PermissionError")


def test_the_disk_is_small(box):
    code = """
def look():
    written, said = 0, []
    for number in range(5):
        try:
            with open(f'/own/{number}', 'wb') as file:
                for _ in range(30):
                    written += file.write(bytes(1 << 20))
        except OSError as error:
            said.append(error.strerror)
    for number in range(5):
        os.remove(f'/own/{number}')
    return written, said
"""
    written, said = inside(box, "import os\n" + code)
    assert written <= contents.ROOM and said[0] == "File too large" and said[-1] == "No space left on device"


def test_memory_is_bounded(box):
    with pytest.raises(Failed) as caught:
        inside(box, "import torch\ndef look(): return torch.empty(1 << 31, dtype=torch.uint8).fill_(1).sum()")
    assert "memory" in caught.value.failure.says


def test_the_number_of_processes_is_bounded(box):
    code = """
import os, time
def look():
    started = []
    for _ in range(20):
        try:
            child = os.fork()
        except BlockingIOError:
            break
        if child == 0:
            time.sleep(0.5)
            os._exit(0)
        started.append(child)
    for child in started:
        os.waitpid(child, 0)
    return len(started)
"""
    assert inside(box, code) <= 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("import os; os._exit(0)", "process-ended"),
        ("import os; os.kill(os.getpid(), 9)", "process-ended"),
        ("import sys; sys.exit()", "raises"),
        ("raise KeyboardInterrupt", "process-ended"),
        ("print('x' * 1000 * 1000 * 20)", ""),
        ("import sys; sys.stdout = None", ""),
    ],
)
def test_an_answer_that_ends_or_prints_is_told_so(box, line, code):
    told = mask(box, MASK.replace("    return", f"    {line}\n    return"))
    assert told.codes == ((code,) if code else ())


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(calling, "SECONDS", 1.0)
    monkeypatch.setattr(marking, "SECONDS", 1.0)


STUBBORN = """
def causal_mask(n):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""


@pytest.mark.parametrize("cell", ["def causal_mask(n):\n    while True:\n        pass", STUBBORN])
def test_a_loop_without_end_is_ended(box, quick, cell):
    assert mask(box, cell).codes == ("does-not-end",)


def test_a_loop_outside_of_the_function_is_ended(box, quick):
    told = mask(box, "n = 0\nwhile n < 1:\n    n = n - 1\ndef causal_mask(m):\n    return n")
    assert told.codes == ("does-not-end",) and "lines outside" in str(told)


def test_too_many_slow_calls_are_ended(box, monkeypatch):
    monkeypatch.setattr(sandbox, "IN_ALL", 1.0)
    told = mask(box, "import time\n" + WRONG.replace("    return", "    time.sleep(0.3)\n    return"))
    assert told.codes == ("too-slow",)


def test_what_is_too_large_is_not_taken(box):
    told = mask(box, "import torch\ndef causal_mask(n):\n    return torch.zeros(70 << 20, dtype=torch.bool)")
    assert not told.ok and told.codes in (("too-much",), ("process-ended",))


PATCHES = [
    "torch.allclose = torch.equal = lambda *_, **__: True",
    "from lmkit.check import judging, report\njudging.judge = None\nreport.Report.ok = True",
    "import lmkit.check.calling\nlmkit.check.calling.Stopped.__init__ = lambda *_: None",
    "torch.Tensor.__eq__ = lambda *_: True",
]


@pytest.mark.parametrize("patch", PATCHES)
def test_nothing_that_is_changed_inside_makes_a_wrong_answer_right(box, patch):
    changed = WRONG.replace("    return", "".join(f"    {line}\n" for line in patch.split("\n")) + "    return")
    assert mask(box, changed).codes == mask(box, WRONG).codes != ()


def test_words_on_the_connection_that_are_no_answer_are_refused(box):
    code = """
import os, stat
def causal_mask(n):
    for name in os.listdir('/proc/self/fd'):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                os.write(int(name), b'right' * 8)
        except OSError:
            pass
"""
    told = mask(box, code)
    assert not told.ok and told.codes in (("too-much",), ("process-ended",))


@pytest.fixture
def command(box, tmp_path):
    """What runs a program of the system in such a place."""
    contents.students_lmkit(tmp_path / "book")
    return lambda *program: [*sandbox.COMMANDS[box.kind](tmp_path / "book"), *program]


def test_an_lmkit_that_is_installed_is_covered(command, monkeypatch):
    """Among the packages of Python it would be seen with all its banks."""
    here = Path(sandbox.__file__).parents[1]
    monkeypatch.setattr(contents, "FOUND", (*contents.FOUND, str(here.parent)))
    ls = command("ls", str(here / "check" / "banks"), str(here.parent))
    listed = subprocess.run(ls, capture_output=True, text=True, check=True).stdout.split()
    assert "telling.py" in listed and "pyproject.toml" in listed and "attention" not in listed


def test_it_ends_with_the_program_that_started_it(command):
    """Whatever ended that program, and though what runs inside does not listen."""
    starts = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    program = [sys.executable, "-c", starts, *command("sh", "-c", "echo here; exec sleep 60")]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as parent, time_limit(10.0):
        assert parent.stdout.readline() == b"here\n"
        parent.kill()
        assert parent.stdout.read() == b""  # the end comes when nobody can write any more


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can mount a folder to try")
def test_what_is_mounted_below_is_read_only_too(box, tmp_path):
    """As a folder of another disk in /usr. It is mounted where no other program sees it."""
    contents.students_lmkit(tmp_path / "book")
    tries = f"""
import subprocess, sys
from pathlib import Path
from lmkit.classroom import sandbox
command = sandbox.COMMANDS[{box.kind!r}](Path({str(tmp_path / "book")!r}))
looks = "cat '/usr/share/a disk/note' && touch '/usr/share/a disk/other'"
sys.exit(subprocess.run([*command, "sh", "-c", looks]).returncode)
"""
    script = """
mount -t tmpfs tmpfs /usr/share
mkdir '/usr/share/a disk'
mount -t tmpfs tmpfs '/usr/share/a disk'
echo here > '/usr/share/a disk/note'
exec "$@"
"""
    program = ["unshare", "--mount", "sh", "-e", "-c", script, "sh", sys.executable, "-c", tries]
    told = subprocess.run(program, capture_output=True, text=True)
    assert told.stdout == "here\n" and "Read-only file system" in told.stderr


def test_a_sandbox_that_was_ended_is_made_anew(box):
    """As by a system that has no memory left."""
    before = box.process
    before.kill()
    box.control.settimeout(10)
    assert box.control.recv(1) == b""  # all that was in it is gone
    assert mask(box, MASK).ok and box.process.pid != before.pid


def test_a_sandbox_that_cannot_start_says_so(box, monkeypatch):
    monkeypatch.setattr(sandbox, "PROGRAM", "raise SystemExit")
    with pytest.raises(RuntimeError, match="could not be started in the sandbox"), sandbox.Sandbox(box.kind):
        pass


def test_an_answer_that_leaves_nothing_costs_no_new_sandbox(box):
    """Also one that loads what many chapters do, which write files of their own when they are first loaded."""
    before = box.process.pid
    assert mask(box, WRONG).codes and box.process.pid == before
    plots = "import matplotlib.pyplot as plt\nfrom lmkit.learning import objectives, training\n"
    uses = WRONG.replace("    return", "    plt, objectives, training\n    return")
    assert mask(box, plots + uses).codes == mask(box, WRONG).codes and box.process.pid == before


def test_a_process_that_ended_costs_no_new_sandbox(box):
    """Also one whose parent ended before it, so that nobody inside waits for it."""
    before = box.process.pid
    code = """
import os, time
def look():
    child = os.fork()
    if child == 0:
        try:
            os.fork()
        except BlockingIOError:
            pass
        os._exit(0)
    time.sleep(0.2)
    return os.waitpid(child, 0)[1]
"""
    assert inside(box, code) == 0
    assert box.process.pid == before


def test_only_a_few_devices_are_there(box):
    few = {"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts", "shm", "core"}
    streams = {"fd", "stdin", "stdout", "stderr"}
    code = """
import os
def look():
    with open('/dev/urandom', 'rb') as random, open('/dev/null', 'w') as null:
        return os.listdir('/dev'), len(random.read(8)), null.write('x')
"""
    listed, *done = inside(box, code)
    assert {"null", "urandom", "shm"} <= set(listed) <= few | streams and done == [8, 1]
