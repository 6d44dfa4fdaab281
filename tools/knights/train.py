"""Trains the bundled base of the task "knights": python -m tools.knights.train OUT_DIR [--seed 1]. About eight minutes on one core."""
import argparse
import random

from tools.base import sft
from tools.base.model import config
from tools.knights import task
from tools.knights.measure import measure

if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--steps", type=int, default=3200)
    o = ap.parse_args()
    shape = config(task.TOKENS, task.LAYERS, task.GROUPS)
    rng, model = random.Random(o.seed), sft.fresh(shape, o.seed)
    tokens = sft.fit("knights", model, lambda: sft.row(task, task.sample(rng)), 3e-3, steps=o.steps)
    sft.save(o.out, model, shape)
    sft.note(o.out, {"seed": o.seed, "tokens": tokens, **measure(model.eval())})
