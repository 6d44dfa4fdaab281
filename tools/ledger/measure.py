"""Measures a ledger base: a folder with model.safetensors.

    python -m tools.ledger.measure FOLDER [--problems 1000]

Sampling at temperature 1, 22 tokens a round; `problems` per length.
"""
import argparse
import json
import random

import torch
from safetensors.torch import load_file

from tools.base.model import Qwen2
from tools.ledger import task

torch.set_num_threads(1)


def measure(model, problems=1000, seed=7):
    rng, gen = random.Random(seed), torch.Generator().manual_seed(seed)
    share = lambda hits: round(sum(hits) / len(hits), 3)

    def some(n):
        return [task.problem(rng, n) for _ in range(problems)]

    def answers(given, notes=None, last=True, temperature=1.0):
        """One round: the note (terms done, total) of every completion, or None."""
        notes = notes or [(0, 0)] * len(given)
        ids = torch.tensor([task.encode(task.prompt(t, *note, last)) for (t, _), note in zip(given, notes)])
        return [task.answer(task.cut(r)) for r in model.generate(ids, task.ROUND, task.EOS, temperature, gen).tolist()]

    def solved(given, got):
        return [g == (len(t), s[-1]) for (t, s), g in zip(given, got)]

    def true_note(given, got):
        return [bool(g) and g[0] <= len(t) and g[1] == s[g[0] - 1] for (t, s), g in zip(given, got)]

    found = {"sampled": {}, "greedy": {}}
    for n in range(3, 9):
        given = some(n)
        found["sampled"][n] = share(solved(given, answers(given)))
        found["greedy"][n] = share(solved(given[:400], answers(given[:400], temperature=0)))
    for last in (True, False):
        one, four, true, early, kept = [], [], [], [], []
        for n in range(4, 9):
            given = some(n)
            one += solved(given, answers(given, [(n - 1, s[n - 2]) for _, s in given], last))
            places = [rng.randint(max(1, n - 4), n - 1) for _ in given]
            got = answers(given, [(d, s[d - 1]) for (_, s), d in zip(given, places)], last)
            four += solved(given, got)
            true += true_note(given, got)
            early += [bool(g) and g[0] < n for g in got]
            kept += solved(given, answers(given, [(n, s[-1]) for _, s in given], last))
        found[f"from a true note, {'<last>' if last else '<prog>'}"] = {
            "one term to go, solved": share(one), "one to four, solved": share(four), "one to four, answer a true note": share(true),
            "one to four, stops early": share(early), "finished note kept": share(kept)}
    parses, early, true, three = [], [], [], []
    for n in (6, 7, 8):
        given = some(n)
        got = answers(given, last=False)
        parses += [bool(g) for g in got]
        early += [bool(g) and g[0] < n for g in got]
        true += true_note(given, got)
        notes = None
        for turn in range(3):
            got = answers(given, notes, turn == 2)
            notes = [g if g and g[0] <= n else old for g, old in zip(got, notes or [(0, 0)] * len(given))]
        three += solved(given, notes)
    found["fresh, <prog>, n 6-8"] = {"parses": share(parses), "stops early": share(early), "answer a true note": share(true)}
    found["three rounds, n 6-8"] = share(three)
    return found


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("folder")
    ap.add_argument("--problems", type=int, default=1000)
    o = ap.parse_args()
    m = Qwen2(json.load(open(f"{o.folder}/config.json")))
    m.load_state_dict(load_file(f"{o.folder}/model.safetensors"))
    print(json.dumps(measure(m.eval(), o.problems), indent=1))
