"""Trains the bundled base of the task "chains": python -m tools.chains.train OUT_DIR [--seed 1]. About four minutes on one core."""
import argparse
import random

from tools.base import sft
from tools.base.model import config
from tools.chains import task
from tools.chains.measure import measure

PHASES = [(2200, 3e-3), (300, 1e-3)]  # steps, rate

if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=1)
    o = ap.parse_args()
    shape = config(task.TOKENS, task.LAYERS, task.GROUPS)
    rng, model = random.Random(o.seed), sft.fresh(shape, o.seed)
    tokens = 0
    for steps, rate in PHASES:
        tokens += sft.fit("chains", model, lambda: sft.row(task, task.sample(rng)), rate, steps=steps)
    sft.save(o.out, model, shape)
    sft.note(o.out, {"seed": o.seed, "tokens": tokens, **measure(model.eval())})
