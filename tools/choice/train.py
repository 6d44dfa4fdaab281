"""Trains the bundled base of the task "choice": python -m tools.choice.train OUT_DIR [--seed 1]. About six minutes on one core.

First the look-up of a total among options, alone; then sums of one to five terms; then carelessness on purpose: a base that knows how and is
careless when it is sampled, so that a reward for the letter alone is won sooner by a habit than by better sums."""
import argparse
import random

from tools.base import sft
from tools.base.model import config
from tools.choice import task
from tools.choice.measure import measure

MIXED = [(3000, 2e-3), (2600, 3e-3)]  # steps, rate
CARELESS = (500, 1e-3, {"jump": 0.40, "bare": 0.30, "slip": 0.32})
DRILLS = 0.15  # share of the mixed rows


def tie(model):
    """The embedding of the option C8 begins as .7 · (t8 + C)."""
    e = model.model.embed_tokens.weight.data
    for c in task.OPTIONS:
        for i in range(task.TOP + 1):
            e[task.ID[f"{c}{i}"]] = 0.7 * (e[task.ID[f"t{i}"]] + e[task.ID[c]])


def drill(rng):
    values = rng.sample(range(task.TOP + 1), 4)
    asked = [rng.randrange(4) for _ in range(10)]
    prompt = task.encode(f"<q> <look> {task.offer(values)} <go>")
    ids = prompt + task.encode(" ".join(f"t{values[k]} {task.OPTIONS[k]}" for k in asked))
    return ids, [False] * len(prompt) + [False, True] * len(asked)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=1)
    o = ap.parse_args()
    shape = config(task.TOKENS, task.LAYERS, task.GROUPS)
    rng, model = random.Random(o.seed), sft.fresh(shape, o.seed)
    tie(model)
    tokens = sft.fit("look-up", model, lambda: drill(rng), 2e-3, steps=1000, constant=True, until=0.985)
    mixed = lambda: drill(rng) if rng.random() < DRILLS else sft.row(task, task.sample(rng))
    for steps, rate in MIXED:
        tokens += sft.fit("mixed", model, mixed, rate, steps=steps)
    steps, rate, how = CARELESS
    tokens += sft.fit("careless", model, lambda: sft.row(task, task.sample(rng, **how)), rate, steps=steps)
    sft.save(o.out, model, shape)
    sft.note(o.out, {"seed": o.seed, "tokens": tokens, **measure(model.eval())})
