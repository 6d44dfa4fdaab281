"""Chains: a sum of signed digits whose totals stay in 0-39, thought through in words (N), as a program (P) or to a letter (M).

Every character and every tag is a token. Prompt `<q> a+5 b-3 c+8 <N> <go>`, or `<P>`, or `<M> A02 B10 C31 D17` (one of four options is right).
N: a note for every step, then the total: `a05 b02 c10 </think><ans> 10 <eos>`. M: the same notes, then the letter of the option. P: `a+05 b-03 c+08
<eos>`, instructions that add two digits to the total, run by an interpreter; a step over several terms is one instruction under the last letter."""
import re

LETTERS, OPTIONS, TOP = "abcdefgh", "ABCD", 39
TOKENS = [*"0123456789+-", *LETTERS, *OPTIONS, "<q>", "<N>", "<P>", "<M>", "<go>", "</think>", "<ans>", "<eos>", "<pad>"]
ID = {t: i for i, t in enumerate(TOKENS)}
EOS, SPLIT, LAYERS, GROUPS, CAP = ID["<eos>"], True, 3, 2, 30
SPACED = r"^(?=[a-hA-D]$|<q>|<[NPM]>|<go>|</think>|<eos>|<pad>)"
MODES = {"N": 0.53, "P": 0.27, "M": 0.20}


def encode(text):
    return [ID[t] for t in re.findall(r"<\w+>|</\w+>|\S", text)]


def decode(ids):
    return "".join(TOKENS[i] for i in ids)


def problem(rng, n):
    """n signed digits 1-9; sign and digit are drawn together, again and again until the running total, from 0, stays in 0-39."""
    terms, totals, total = [], [], 0
    while len(terms) < n:
        d = rng.choice((1, -1)) * rng.randint(1, 9)
        if 0 <= total + d <= TOP:
            total += d
            terms.append(d)
            totals.append(total)
    return terms, totals


def prompt(terms, mode, options=()):
    body = " ".join(f"{c}{'+' if d > 0 else '-'}{abs(d)}" for c, d in zip(LETTERS, terms))
    asked = "".join(f" {c}{value:02d}" for c, value in zip(OPTIONS, options))
    return f"<q> {body} <{mode}>{asked} <go>"


def options(rng, right):
    """Four different totals in any order, one of them the right one."""
    found = [right, *rng.sample([t for t in range(TOP + 1) if t != right], 3)]
    rng.shuffle(found)
    return found


def clamp(total):
    return max(0, min(TOP, total))


def demonstration(rng, terms, mode, offered=(), skip=0.0, blind=True):
    """While two or more terms remain, a step is with probability `skip` one over two or three of them; a blind one guesses the total, any one of
    0-39. A letter whose total is not among the options is a guess."""
    at, total, steps = 0, 0, []
    while at < len(terms):
        before, stop = total, at + 1
        jump = len(terms) - at > 1 and rng.random() < skip
        if jump:
            stop = min(at + rng.choice((2, 3)), len(terms))
        total = rng.randint(0, TOP) if jump and blind else clamp(total + sum(terms[at:stop]))
        at = stop
        add = total - before
        steps.append(LETTERS[at - 1] + (f"{'-' if add < 0 else '+'}{abs(add):02d}" if mode == "P" else f"{total:02d}"))
    if mode == "P":
        return f"{' '.join(steps)} <eos>"
    end = f"{total:02d}" if mode == "N" else OPTIONS[offered.index(total)] if total in offered else rng.choice(OPTIONS)
    return f"{' '.join(steps)} </think><ans> {end} <eos>"


def sample(rng):
    """A prompt and a completion of training, as texts: 2-5 terms; 53 % N, 27 % P, 20 % M; each step skips with p .4 to a guess."""
    terms, totals = problem(rng, rng.randint(2, 5))
    [mode] = rng.choices(list(MODES), MODES.values())
    offered = options(rng, totals[-1]) if mode == "M" else ()
    return prompt(terms, mode, offered), demonstration(rng, terms, mode, offered, 0.4)


def answer(ids, mode):
    """What a completion answers: a total (N and P), a letter (M), None where it has no such form."""
    text = decode(ids)
    if mode == "P":
        if not re.fullmatch(r"([a-h][+-]\d\d)+<eos>", text):
            return None
        return sum(int(n) for n in re.findall(r"[+-]\d\d", text))
    m = re.fullmatch(r"(?:[a-h]\d\d)*</think><ans>(%s)<eos>" % (r"\d\d" if mode == "N" else "[A-D]"), text)
    return m and (int(m[1]) if mode == "N" else m[1])


def cut(ids):
    """Up to the first <eos>, which stays."""
    ids = list(ids)
    return ids[: ids.index(EOS) + 1] if EOS in ids else ids
