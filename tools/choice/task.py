"""Choice: a chain sum that begins at a total, asked for as one of four options or as a number.

Every token is a word: totals t0 … t39, signed digits, options such as C8 (a letter and a value in one word). Prompt `<q> t32 a -5 b -4 <M> A2 B23
C8 D19 <go>`, completion `a t27 b t23 B <eos>`: each term's letter and the total after it, then at once the letter of the option. As a number:
`… <N> <go>`, `a t27 b t23 <ans> t23 <eos>`. A drill of the look-up alone: `<look> A2 B23 C8 D19 <go> t8 C t2 A …`."""
import re

LETTERS, OPTIONS, TOP = "abcde", "ABCD", 39
TOKENS = [*(f"t{i}" for i in range(TOP + 1)), *(f"{c}{i}" for c in OPTIONS for i in range(TOP + 1)), *OPTIONS, *LETTERS,
          *(f"{s}{i}" for s in "+-" for i in range(1, 10)),
          "<q>", "<M>", "<N>", "<look>", "<go>", "<ans>", "<eos>", "<pad>"]  # fmt: skip
ID = {t: i for i, t in enumerate(TOKENS)}
EOS, SPLIT, SPACED, LAYERS, GROUPS, CAP = ID["<eos>"], False, "^", 3, 2, 16


def encode(text):
    return [ID[t] for t in text.split()]


def problem(rng, n):
    """A start total and n signed digits 1-9; sign and digit are drawn together, again and again until the total stays in 0-39."""
    start = total = rng.randint(0, TOP)
    terms, totals = [], []
    while len(terms) < n:
        d = rng.choice((1, -1)) * rng.randint(1, 9)
        if 0 <= total + d <= TOP:
            total += d
            terms.append(d)
            totals.append(total)
    return start, terms, totals


def options(rng, right, shortcut=0.25):
    """Four different totals; the right one stands at C in this share of the questions, else at any other place."""
    place = 2 if rng.random() < shortcut else rng.choice((0, 1, 3))
    found = rng.sample([t for t in range(TOP + 1) if t != right], 3)
    found.insert(place, right)
    return found


def offer(values):
    return " ".join(f"{c}{value}" for c, value in zip(OPTIONS, values))


def prompt(start, terms, values=None):
    body = " ".join(f"{c} {d:+d}" for c, d in zip(LETTERS, terms))
    return f"<q> t{start} {body} {'<N>' if values is None else '<M> ' + offer(values)} <go>"


def clamp(total):
    return max(0, min(TOP, total))


def demonstration(rng, start, terms, values=None, jump=0.0, bare=0.0, slip=0.0):
    """A step is with probability `jump` one over two or three terms to a guess, at most 9 away from the total before; each total is off by 1 or 2 with
    probability `slip`; there are no steps at all with probability `bare`. A total that is not among the options, or none, is a guess."""
    at, total, words = 0, start, []
    if rng.random() < bare:
        at, total = len(terms), None
    while at < len(terms):
        if len(terms) - at > 1 and rng.random() < jump:
            at, total = min(at + rng.choice((2, 3)), len(terms)), clamp(total + rng.randint(-9, 9))
        else:
            at, total = at + 1, clamp(total + terms[at])
            if rng.random() < slip:
                total = clamp(total + rng.choice((-2, -1, 1, 2)))
        words += [LETTERS[at - 1], f"t{total}"]
    if values is None:
        end = f"<ans> t{rng.randint(0, TOP) if total is None else total}"
    else:
        end = OPTIONS[values.index(total)] if total in values else rng.choice(OPTIONS)
    return " ".join([*words, end, "<eos>"])


def sample(rng, jump=0.10, bare=0.10, slip=0.0):
    """A prompt and a completion of training, as texts: one to five terms; 35 % ask for the number."""
    start, terms, totals = problem(rng, rng.randint(1, 5))
    values = None if rng.random() < 0.35 else options(rng, totals[-1])
    return prompt(start, terms, values), demonstration(rng, start, terms, values, jump, bare, slip)


def read(words):
    """Of a completion's words: [(letter, total)] of its steps and what it answers (a letter or a total), None where it does not parse."""
    m = re.fullmatch(r"((?:[a-e] t\d+ )*)(?:<ans> (t\d+)|([A-D])) <eos>", " ".join(words))
    return m and ([(c, int(t)) for c, t in re.findall(r"([a-e]) t(\d+)", m[1])], int(m[2][1:]) if m[2] else m[3])
