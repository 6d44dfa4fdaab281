"""Trains the bundled base of the task "ledger" from scratch: python -m tools.ledger.train OUT_DIR [--seed 1] [--sloppy 0.30].

Three phases of supervised demonstrations; every batch is 64 problems of one length. The last phase teaches carelessness on
purpose: a base that knows how and is sloppy when it starts afresh is what reinforcement learning can then improve.
"""
import argparse
import random

from tools.base import sft
from tools.base.model import config
from tools.ledger import task
from tools.ledger.measure import measure

# tokens, peak learning rate, finished notes, sloppy fresh, sloppy from a note
PHASES = [(6_000_000, 3e-3, False, 0.0, 0.0), (3_000_000, 2e-3, True, 0.0, 0.0), (1_500_000, 1.5e-3, True, 0.30, 0.02)]
LENGTHS = range(2, 10)


def one_length(rng, how):
    """Rows of training, 64 of one length after another."""
    while True:
        n = rng.choice(LENGTHS)
        for _ in range(sft.ROWS):
            yield sft.row(task, task.sample(rng, n, *how))


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--sloppy", type=float, default=PHASES[-1][3], help="chance of a jump in a fresh start, last phase")
    ap.add_argument("--problems", type=int, default=1000)
    o = ap.parse_args()
    PHASES[-1] = (*PHASES[-1][:3], o.sloppy, PHASES[-1][4])
    shape = config(task.TOKENS)
    rng, model = random.Random(o.seed), sft.fresh(shape, o.seed)
    for k, (tokens, rate, *how) in enumerate(PHASES):
        rows = one_length(rng, how)
        sft.fit(f"phase {k + 1}", model, lambda: next(rows), rate, tokens=tokens)
    sft.save(o.out, model, shape)
    sft.note(o.out, {"seed": o.seed, "sloppy": o.sloppy, **measure(model.eval(), o.problems)})
