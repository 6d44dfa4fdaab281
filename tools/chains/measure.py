"""Measures a chains base: python -m tools.chains.measure FOLDER. Four and five terms, sampled at temperature 1 and greedy."""
import json
import random
import sys

import torch
from safetensors.torch import load_file

from tools.base.model import Qwen2
from tools.chains import task


def measure(model, problems=1000, seed=7):
    rng, gen = random.Random(seed), torch.Generator().manual_seed(seed)
    found = {}
    for mode in task.MODES:
        for name, temperature in (("sampled", 1.0), ("greedy", 0)):
            hits, read = [], []
            for n in (4, 5):
                given = [task.problem(rng, n) for _ in range(problems)]
                offered = [task.options(rng, s[-1]) if mode == "M" else () for _, s in given]
                ids = torch.tensor([task.encode(task.prompt(t, mode, o)) for (t, _), o in zip(given, offered)])
                for (_, s), o, r in zip(given, offered, model.generate(ids, task.CAP, task.EOS, temperature, gen).tolist()):
                    got = task.answer(task.cut(r), mode)
                    hits.append(got == (task.OPTIONS[o.index(s[-1])] if mode == "M" else s[-1]))
                    read.append(got is not None)
            found[f"{mode}, {name}"] = {"right": round(sum(hits) / len(hits), 4), "parses": round(sum(read) / len(read), 4)}
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    m = Qwen2(json.load(open(f"{sys.argv[1]}/config.json")))
    m.load_state_dict(load_file(f"{sys.argv[1]}/model.safetensors"))
    print(json.dumps(measure(m.eval()), indent=1))
