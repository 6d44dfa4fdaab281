"""Supervised training from scratch, shared by the bundled bases: rows of different lengths, padded on the right."""
import json
import math
import os
import time

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from tools.base.model import Qwen2

ROWS, PIECE, WARM, FLOOR = 64, 16, 50, 0.05  # rows of one length or nearly go through the model together


def fresh(config, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model = Qwen2(config)
    model.start(torch.Generator().manual_seed(seed))
    return model


def row(task, texts):
    """(ids, learn) of a prompt and the completion that is learnt."""
    prompt, completion = (task.encode(text) for text in texts)
    return prompt + completion, [False] * len(prompt) + [True] * len(completion)


def fit(name, model, row, rate, steps=None, tokens=None, constant=False, until=None):
    """AdamW .9/.98 without decay, norm clipped at 1, 64 rows a step; `rate` rises over 50 steps and falls in a cosine to 5 %.

    row() -> (ids, learn): the tokens of one row, and for each whether it is learnt (the mean loss is over those). Ends after `steps`
    steps or `tokens` tokens, or, with `until`, goes on after that until this share of the last 50 steps' learnt tokens is likeliest.
    Returns the tokens seen."""
    opt = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.0, foreach=True)
    began, seen, step, hits, losses = time.time(), 0, 0, [], []
    while True:
        done = seen / tokens if tokens else step / steps
        if done >= 1 and (until is None or sum(hits[-50:]) / 50 >= until or done >= 4):
            return seen
        fall = 1 if constant else FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * min(1, done))) / 2
        for g in opt.param_groups:
            g["lr"] = rate * min(1, (step + 1) / WARM) * fall
        rows = sorted((row() for _ in range(ROWS)), key=lambda r: len(r[0]))
        learnt = sum(sum(learn[1:]) for _, learn in rows)
        opt.zero_grad()
        loss = hit = 0
        for first in range(0, ROWS, PIECE):
            piece = rows[first : first + PIECE]
            width = len(piece[-1][0])
            ids = torch.tensor([i + [model.pad] * (width - len(i)) for i, _ in piece])
            keep = torch.tensor([[*learn[1:], *[False] * (width - len(learn))] for _, learn in piece])
            x, _ = model.hidden(ids[:, :-1])
            z, goal = model.logits(x[keep]), ids[:, 1:][keep]
            share = F.cross_entropy(z, goal, reduction="sum") / learnt
            share.backward()
            loss, hit = loss + share.item(), hit + (z.argmax(-1) == goal).sum().item() / learnt
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        seen, step = seen + sum(len(i) for i, _ in rows), step + 1
        losses.append(loss)
        hits.append(hit)
        if step % 100 == 0:
            last = lambda values: sum(values[-100:]) / 100
            print(f"{name}  step {step}  {seen / 1e6:.2f} M  loss {last(losses):.4f}  likeliest {last(hits):.4f}  {time.time() - began:.0f} s", flush=True)


def save(folder, model, config):
    os.makedirs(folder, exist_ok=True)
    weights = {k: v.detach().contiguous() for k, v in model.state_dict().items()}
    save_file(weights, f"{folder}/model.safetensors", metadata={"format": "pt"})
    json.dump(config, open(f"{folder}/config.json", "w"), indent=1)


def note(folder, measured):
    """measured.json, also printed."""
    json.dump(measured, open(f"{folder}/measured.json", "w"), indent=1)
    print(json.dumps(measured, indent=1))
