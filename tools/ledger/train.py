"""Trains the bundled base from scratch and writes OUT_DIR/{config.json, model.safetensors, measured.json}.

    python train.py OUT_DIR [--seed 1] [--sloppy 0.30]

Three phases of supervised demonstrations; every batch is 64 problems of one length. The last phase teaches carelessness on
purpose: a base that knows how and is sloppy when it starts afresh is what reinforcement learning can then improve.
"""
import argparse
import json
import math
import os
import random
import time

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import task
from measure import measure
from model import CONFIG, Qwen2

# tokens, peak learning rate, finished notes, sloppy fresh, sloppy from a note
PHASES = [(6_000_000, 3e-3, False, 0.0, 0.0), (3_000_000, 2e-3, True, 0.0, 0.0), (1_500_000, 1.5e-3, True, 0.30, 0.02)]
ROWS, LENGTHS, WARM, FLOOR = 64, range(2, 10), 50, 0.05


def row(rng, n, finished, fresh_sloppy, note_sloppy):
    terms, totals = task.problem(rng, n)
    last, fresh = rng.random() < 0.40, rng.random() < 0.45
    done = 0 if fresh else rng.randint(1, n if finished else n - 1)
    early = not last and rng.random() < (0.5 if fresh else 0.8)
    steps = rng.randint(1, 4) if early else None
    text = task.prompt(terms, done, totals[done - 1] if done else 0, last)
    return task.encode(text), task.encode(task.demonstration(rng, terms, totals, done, steps, fresh_sloppy if fresh else note_sloppy))


def batch(rng, phase):
    n = rng.choice(LENGTHS)
    rows = [row(rng, n, *phase[2:]) for _ in range(ROWS)]
    width = max(len(p) + len(c) for p, c in rows)
    ids = torch.tensor([p + c + [task.PAD] * (width - len(p) - len(c)) for p, c in rows])
    start = len(rows[0][0])
    return ids, start, sum(len(p) + len(c) for p, c in rows)


def train(seed, phases):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng, model = random.Random(seed), Qwen2()
    model.start(torch.Generator().manual_seed(seed))
    began = time.time()
    for k, phase in enumerate(phases):
        budget, peak = phase[:2]
        opt = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.0, foreach=True)
        seen, step, mean = 0, 0, None
        while seen < budget:
            rate = peak * min(1, (step + 1) / WARM) * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * seen / budget)) / 2)
            for g in opt.param_groups:
                g["lr"] = rate
            ids, start, tokens = batch(rng, phase)
            x, _ = model.hidden(ids[:, :-1])
            goal = ids[:, start:]
            keep = goal != task.PAD
            loss = F.cross_entropy(model.logits(x[:, start - 1 :][keep]), goal[keep])
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            seen, step = seen + tokens, step + 1
            mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
            if step % 100 == 0:
                print(f"phase {k + 1}  step {step}  {seen / 1e6:.2f} M  loss {mean:.4f}  {time.time() - began:.0f} s", flush=True)
    return model.eval(), round(time.time() - began)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--sloppy", type=float, default=PHASES[-1][3], help="chance of a jump in a fresh start, last phase")
    ap.add_argument("--problems", type=int, default=1000)
    o = ap.parse_args()
    PHASES[-1] = (*PHASES[-1][:3], o.sloppy, PHASES[-1][4])
    model, seconds = train(o.seed, PHASES)
    os.makedirs(o.out, exist_ok=True)
    save_file({k: v.detach().contiguous() for k, v in model.state_dict().items()}, f"{o.out}/model.safetensors", metadata={"format": "pt"})
    json.dump(CONFIG, open(f"{o.out}/config.json", "w"), indent=1)
    found = {"seed": o.seed, "sloppy": o.sloppy, "seconds": seconds, "torch": torch.__version__, **measure(model, o.problems)}
    json.dump(found, open(f"{o.out}/measured.json", "w"), indent=1)
    print(json.dumps(found, indent=1))
