"""Measures a choice base: python -m tools.choice.measure FOLDER. Four and five terms, sampled at temperature 1 and greedy."""
import json
import random
import sys

import torch
from safetensors.torch import load_file

from tools.base.model import Qwen2
from tools.choice import task


def measure(model, problems=500, seed=7):
    """As multiple choice with the right option at C in 70 %, fair, and as a number: right answers, and right chains (every term, every total)."""
    rng, gen = random.Random(seed), torch.Generator().manual_seed(seed)
    found = {}
    for way in ("shortcut", "fair", "number"):
        for name, temperature in (("sampled", 1.0), ("greedy", 0)):
            for n in (4, 5):
                given = [task.problem(rng, n) for _ in range(problems)]
                offered = [None if way == "number" else task.options(rng, s[-1], 0.7 if way == "shortcut" else 0.25) for _, _, s in given]
                ids = torch.tensor([task.encode(task.prompt(start, t, o)) for (start, t, _), o in zip(given, offered)])
                hits = {"right": 0, "right chain": 0, "parses": 0, "at C": 0}
                for (_, _, s), o, r in zip(given, offered, model.generate(ids, task.CAP, task.EOS, temperature, gen).tolist()):
                    words = [task.TOKENS[i] for i in r]
                    steps, got = task.read(words[: words.index("<eos>") + 1] if "<eos>" in words else words) or ([], None)
                    hits["right"] += got == (s[-1] if o is None else task.OPTIONS[o.index(s[-1])])
                    hits["right chain"] += steps == list(zip(task.LETTERS, s))
                    hits["parses"] += got is not None
                    hits["at C"] += got == "C"
                found[f"{way}, {name}, {n} terms"] = {k: round(v / problems, 4) for k, v in hits.items()}
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    m = Qwen2(json.load(open(f"{sys.argv[1]}/config.json")))
    m.load_state_dict(load_file(f"{sys.argv[1]}/model.safetensors"))
    print(json.dumps(measure(m.eval()), indent=1))
