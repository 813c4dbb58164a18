"""Kills processes that write, with SIGKILL at random moments, and prints what is left: kills.py WHAT COUNT FOLDER.

Children are forked from one process that has everything loaded, so that a thousand take a minute.
"""

import json
import os
import random
import signal
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

import netframe as nf
from netframe.files.journal import is_journal
from netframe.integrators import checkpoint, run_file  # noqa: F401  loaded before forking

#: Seconds after which a child is killed, at most: some saves, some checkpoints, or the joining at the end.
LONGEST = {"saves": 0.04, "netcdf": 0.2, "checkpoints": 0.12, "joining": 0.01}


def network():
    ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 20.0)), nf.LeakyRate("E", size=4)
    return nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((4, 3)), g=1e-4)])


def child(work, longest, after=" "):
    """Run ``work(told)`` in a process of its own, kill it at a random moment: whether it ended, and what it told.

    The moment is up to ``longest`` s after the child told a word.
    """
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        try:
            work(lambda text: os.write(theirs, f"{text} ".encode()))
            os._exit(0)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
    os.close(theirs)
    told = b""
    while after.encode() not in told and (part := os.read(ours, 100)):
        told += part
    time.sleep(random.uniform(0.0, longest))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    while part := os.read(ours, 1 << 16):
        told += part
    os.close(ours)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("a child failed")
    return os.WIFEXITED(status), told.decode().split()


def saves(count, folder, what="saves"):
    """Generations are saved one after the other: the last that was saved, or begun, is what must be there."""
    path, net = folder / ("run.nc" if what == "netcdf" else "run.npz"), network()
    t = np.linspace(0.0, 1.0, 200 if what == "netcdf" else 2000)

    def generation(k):
        return nf.Solution(net, t, np.full((len(t), net.registry.size), float(k)))

    generation(0).save(path)
    saved, found = 0, {"kills": 0, "within": 0, "lost": 0, "mixed": 0}
    for _ in range(count):

        def work(told, first=saved + 1):
            for k in range(first, first + 100_000):
                told(f"+{k}")
                generation(k).save(path)
                told(f"={k}")

        _, told = child(work, LONGEST[what])
        done = [int(word[1:]) for word in told if word[0] == "="]
        begun = [int(word[1:]) for word in told if word[0] == "+"]
        last = done[-1] if done else saved
        found["kills"] += 1
        found["within"] += begun[-1] > last
        try:
            sol = nf.load(path)
        except nf.FileError:
            found["lost"] += 1
            generation(saved).save(path)
            continue
        values = np.unique(np.append(sol.y, sol.final))
        if len(values) != 1 or values[0] not in (last, begun[-1]):
            found["mixed"] += 1
        saved = int(values[0])
    return found


def checkpoints(count, folder):
    """A run is killed again and again until it ends; then it must be that of one piece, bit for bit.

    Every third kill comes while parts are joined; every other run is of a batch whose members run one by one.
    """
    path, whole = folder / "run.npz", network()
    several = whole.with_parameters({"E.tau": np.array([[0.02], [0.05], [0.1]])})
    options = {"save_at": 101, "integrator": nf.FixedStepIntegrator("heun", dt=1e-3)}
    runs = [(whole, options), (several, {**options, "batch": "separate"})]
    rights = [nf.simulate(net, 1.0, **how) for net, how in runs]
    found = {"kills": 0, "finished": 0, "joining": 0, "lost": 0, "mixed": 0, "went on": 0}
    reached, k = 0, 0
    while found["kills"] < count or not found["finished"]:
        (net, how), right = runs[k % 2], rights[k % 2]

        def work(told, net=net, how=how):
            told("begun")
            finish = run_file.RunFile.finish
            run_file.RunFile.finish = lambda *given: (told("joining"), finish(*given))
            nf.simulate(net, 1.0, **how, checkpoint=path, every=0.05)

        aimed = found["kills"] % 3 == 2
        ended, told = child(work, *(LONGEST["joining"], "joining ") if aimed else (LONGEST["checkpoints"], " "))
        found["kills"] += not ended
        found["joining"] += "joining" in told and not ended
        if not path.exists():
            found["lost"] += reached > 0
            continue
        try:
            sol = nf.load(path)
        except nf.FileError:
            found["lost"] += 1
            path.unlink()
            reached = 0
            continue
        ours, theirs = sol.y[np.isin(sol.t, right.t)], right.y[np.isin(right.t, sol.t)]
        there = np.isfinite(ours)
        found["mixed"] += ours[there].tobytes() != theirs[there].tobytes()
        found["lost"] += int(there.sum()) < reached
        found["went on"] += 0 < reached < there.sum()
        reached = int(there.sum())
        if sol.success and not is_journal(path):
            same = sol.y.tobytes() == right.y.tobytes() and sol.final.tobytes() == right.final.tobytes()
            found["mixed"] += not same
            found["finished"] += 1
            path.unlink()
            reached, k = 0, k + 1
    return {name: int(number) for name, number in found.items()}


if __name__ == "__main__":
    random.seed(7)
    ways = {"saves": saves, "netcdf": partial(saves, what="netcdf"), "checkpoints": checkpoints}
    print(json.dumps(ways[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]))))
