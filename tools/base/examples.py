"""Examples of the bundled bases' tasks as the training saw them, for the tests of the TypeScript tasks: python -m tools.base.examples.

Writes examples.json beside this file: for each task, problems with their prompt, a completion, both as token ids, and what is right of it."""
import json
import os
import random

from tools.chains import task as chains
from tools.choice import task as choice
from tools.knights import task as knights


def row(task, prompt, completion, **fields):
    return {**fields, "prompt": prompt, "completion": completion, "ids": [task.encode(prompt), task.encode(completion)]}


def of_knights(rng):
    statements, found = knights.puzzle(rng, rng.choice((2, 3)))
    ways = [rng.choice(of) for of in (knights.STYLES, knights.SYNTAXES, knights.CARES)]
    rules = rng.choice((None, ways))
    text = knights.demonstration(rng, statements, *ways)
    thinks, bits = ways[0] == "think", ways[1] == "y1"
    right = text.split("<ans>")[1].split()[:-1] == knights.answer(found, "y1").split()
    score = -3 if not thinks else -1 if not bits else 3 if right else -0.5
    return row(knights, knights.prompt(statements, rules), text, statements=statements, solution=found, rules=rules, score=score)


def of_chains(rng):
    terms, totals = chains.problem(rng, rng.randint(2, 5))
    mode = rng.choice("NPM")
    offered = chains.options(rng, totals[-1]) if mode == "M" else []
    text = chains.demonstration(rng, terms, mode, offered, 0.3)
    got = chains.answer(chains.encode(text), mode)
    right = got == (chains.OPTIONS[offered.index(totals[-1])] if mode == "M" else totals[-1])
    return row(chains, chains.prompt(terms, mode, offered), text, terms=terms, mode=mode, options=offered, answer=got, right=right)


def of_choice(rng):
    start, terms, totals = choice.problem(rng, rng.randint(1, 5))
    offered = rng.choice((None, choice.options(rng, totals[-1], 0.7)))
    text = choice.demonstration(rng, start, terms, offered, 0.1, 0.1, 0.1)
    steps, got = choice.read(text.split())
    right = got == (totals[-1] if offered is None else choice.OPTIONS[offered.index(totals[-1])])
    share = sum(s == want for s, want in zip(steps, zip(choice.LETTERS, totals))) / len(terms)
    known = {"right": right, "share": share, "chain": steps == list(zip(choice.LETTERS, totals))}
    return row(choice, choice.prompt(start, terms, offered), text, start=start, terms=terms, options=offered or [], **known)


if __name__ == "__main__":
    rng = random.Random(0)
    makers = {"knights": of_knights, "chains": of_chains, "choice": of_choice}
    found = {name: [make(rng) for _ in range(24)] for name, make in makers.items()}
    with open(os.path.join(os.path.dirname(__file__), "examples.json"), "w") as f:
        rows = {name: "[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]" for name, rows in found.items()}
        f.write("{" + ",\n".join(f'"{name}": {text}' for name, text in rows.items()) + "}\n")
