"""Knights and Knaves in few tokens: who is a knight (always true) and who a knave (always false), from what each says.

Every token is a word; words are set apart by spaces. Prompt: six words a person, `A C + = A +`: A says "C is a knight iff A is one"
(+ knight, - knave; & and, | or, ^ either … or, = iff); `A B - . . .` is the simple statement "B is a knave". Then, optionally, the announced
rules `<rules> think y1 acc`, then `<go>`. Completion: `<think>` the hypotheses in the fixed order + + +, + + -, …, each checked statement
by statement until the first contradiction (`+ + - A ok B x ;`), `</think> <ans>` the answer `<eos>`."""
import itertools

PEOPLE, OPERATORS = "ABC", "&|^="
STYLES, SYNTAXES, CARES = ("think", "direct"), ("y0", "y1", "y2", "y3"), ("acc", "fast")
SKIP = {"acc": 0.15, "fast": 0.60}
TOKENS = [*PEOPLE, "+", "-", *OPERATORS, ".", "0", "1", "_", "ok", "x", ";", *STYLES, *SYNTAXES, *CARES,
          "<q>", "<rules>", "<go>", "<think>", "</think>", "<ans>", "<eos>", "<pad>"]  # fmt: skip
ID = {t: i for i, t in enumerate(TOKENS)}
EOS, SPLIT, SPACED, LAYERS, GROUPS, CAP = ID["<eos>"], False, "^", 4, 2, 80


def encode(text):
    return [ID[t] for t in text.split()]


def says(statement, knights):
    """Whether a statement (person, sign, operator, person, sign) is true where `knights` [people] are."""
    a, sign, operator, b, other = statement
    left = knights[a] == sign
    if operator == ".":
        return left
    right = knights[b] == other
    return {"&": left and right, "|": left or right, "^": left != right, "=": left == right}[operator]


def worlds(people):
    return itertools.product((True, False), repeat=people)


def puzzle(rng, people=3, simple=0.35):
    """Statements [people] with exactly one solution, and that solution. A simple statement is about somebody else, a compound one
    about two different people."""
    while True:
        statements = []
        for i in range(people):
            if rng.random() < simple:
                statements.append((rng.choice([j for j in range(people) if j != i]), rng.random() < 0.5, ".", None, None))
            else:
                a, b = rng.sample(range(people), 2)
                statements.append((a, rng.random() < 0.5, rng.choice(OPERATORS), b, rng.random() < 0.5))
        found = [w for w in worlds(people) if all(says(s, w) == w[i] for i, s in enumerate(statements))]
        if len(found) == 1:
            return statements, found[0]


def sign(knight):
    return "+" if knight else "-"


def prompt(statements, rules=None):
    words = []
    for i, (a, s, operator, b, t) in enumerate(statements):
        words += [PEOPLE[i], PEOPLE[a], sign(s), operator, *(("." * 2) if b is None else (PEOPLE[b], sign(t)))]
    return " ".join(["<q>", *words, *(["<rules>", *rules] if rules else []), "<go>"])


def answer(knights, syntax):
    """Signs, bits, list of knights, list of knaves."""
    if syntax in ("y0", "y1"):
        return " ".join(("+-" if syntax == "y0" else "10")[not k] for k in knights)
    return " ".join(p for p, k in zip(PEOPLE, knights) if k == (syntax == "y2")) or "_"


def demonstration(rng, statements, style, syntax, care):
    """The first hypothesis without a contradiction among the checks that were made; a check is skipped with the care's share."""
    words = []
    for knights in worlds(len(statements)):
        words += [sign(k) for k in knights]
        held = True
        for i, statement in enumerate(statements):
            if rng.random() < SKIP[care]:
                continue
            held = says(statement, knights) == knights[i]
            words += [PEOPLE[i], "ok" if held else "x"]
            if not held:
                break
        if held:
            break
        words.append(";")
    thought = f"<think> {' '.join(words)} </think> " if style == "think" else ""
    return f"{thought}<ans> {answer(knights, syntax)} <eos>"


def sample(rng):
    """A prompt and a completion of training, as texts: 15 % with two people; 60 % carry rules, each obeyed with p .6, else uniform."""
    statements, _ = puzzle(rng, 2 if rng.random() < 0.15 else 3)
    ways = [rng.choice(of) for of in (STYLES, SYNTAXES, CARES)]
    rules = None
    if rng.random() < 0.60:
        rules = [rng.choice(of) for of in (STYLES, SYNTAXES, CARES)]
        ways = [rule if rng.random() < 0.6 else way for rule, way in zip(rules, ways)]
    return prompt(statements, rules), demonstration(rng, statements, *ways)
