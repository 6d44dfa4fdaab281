"""Measures a knights base: python -m tools.knights.measure FOLDER. Sampling at temperature 1, at most 80 tokens, 3 people."""
import json
import random
import sys

import torch
from safetensors.torch import load_file

from tools.base.model import Qwen2
from tools.knights import task

RULES = {"none": None, "true": ("think", "y1", "acc"), "misleading": ("direct", "y3", "fast")}


def measure(model, puzzles=400, samples=8, seed=7):
    """For each announcement: right answers in bits (with and without asking for the tags), and how the announced ways are taken."""
    rng, gen = random.Random(seed), torch.Generator().manual_seed(seed)
    given, found = [task.puzzle(rng) for _ in range(puzzles)], {}
    for name, rules in RULES.items():
        ids = torch.tensor([task.encode(task.prompt(s, rules)) for s, _ in given])
        hits = {k: 0 for k in ("pass@1", "with the format", "think", "bits", "right hypothesis", "greedy")}
        for turn in range(samples + 1):
            greedy = turn == samples
            texts = [[task.TOKENS[i] for i in r] for r in model.generate(ids, task.CAP, task.EOS, 0 if greedy else 1, gen).tolist()]
            for words, (_, knights) in zip(texts, given):
                body = words[: words.index("<eos>")] if "<eos>" in words else []
                reply = " ".join(body[body.index("<ans>") + 1 :]) if "<ans>" in body else ""
                right = reply == task.answer(knights, "y1")
                thinks = body[:1] == ["<think>"] and "</think>" in body
                if greedy:
                    hits["greedy"] += right * samples
                    continue
                hits["pass@1"] += right
                hits["with the format"] += right and thinks
                hits["think"] += thinks
                hits["bits"] += len(reply.split()) == 3 and set(reply.split()) <= {"0", "1"}
                at = body.index("</think>") if thinks else 0
                last = " ".join(body[:at]).replace("<think>", ";").split(";")[-1].split()[:3]
                hits["right hypothesis"] += thinks and last == [task.sign(k) for k in knights]
        found[name] = {k: round(v / puzzles / samples, 4) for k, v in hits.items()}
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    m = Qwen2(json.load(open(f"{sys.argv[1]}/config.json")))
    m.load_state_dict(load_file(f"{sys.argv[1]}/model.safetensors"))
    print(json.dumps(measure(m.eval()), indent=1))
