"""The task "ledger": chain sums whose answer doubles as a progress note. Problems, their text, demonstrations, the reader of answers."""
import re

TOKENS = [*"0123456789+-_abcdefghijklmnop", "<q>", "<prog>", "<think>", "</think>", "<ans>", "<eos>", "<pad>", "<last>"]
ID = {t: i for i, t in enumerate(TOKENS)}
EOS, SPLIT = ID["<eos>"], True
# Decoding writes a space before every note or term and before these tags, so that the text reads as the task writes it.
SPACED = r"^(?=[a-p_]$|<q>|<prog>|<last>|<think>|</think>|<eos>|<pad>)"
LETTERS = "abcdefghijklmnop"
ROUND = 22  # tokens a round: five steps and the ending


def encode(text):
    return [ID[t] for t in re.findall(r"<\w+>|</\w+>|\S", text)]


def decode(ids):
    return "".join(TOKENS[i] for i in ids)


def problem(rng, n):
    """n signed digits 1-9; sign and digit are drawn together, again and again until the running total stays in 0-99."""
    terms, totals, total = [], [], 0
    while len(terms) < n:
        d = rng.choice((1, -1)) * rng.randint(1, 9)
        if 0 <= total + d <= 99:
            total += d
            terms.append(d)
            totals.append(total)
    return terms, totals


def note(done, total):
    """`done` terms are done (0: none)."""
    return (LETTERS[done - 1] if done else "_") + f"{total:02d}"


def prompt(terms, done=0, total=0, last=True):
    body = " ".join(f"{c}{'+' if d > 0 else '-'}{abs(d)}" for c, d in zip(LETTERS, terms))
    return f"<q> {body} {'<last>' if last else '<prog>'} {note(done, total)} <think>"


def clamp(total):
    return max(0, min(99, total))


def demonstration(rng, terms, totals, done, steps, sloppy):
    """From the true note after `done` terms: at most `steps` steps (None: to the end). While two or more terms remain, a step is with
    probability `sloppy` a jump over two or three of them whose total is a guess, at most 9 away from the one before."""
    at, total, lines = done, totals[done - 1] if done else 0, []
    while at < len(terms) and (steps is None or len(lines) < steps):
        if len(terms) - at > 1 and rng.random() < sloppy:
            at = min(at + rng.choice((2, 3)), len(terms))
            total = clamp(total + rng.randint(-9, 9))
        else:
            total = clamp(total + terms[at])
            at += 1
        lines.append(note(at, total))
    return f"{' '.join(lines)} </think><ans> {note(at, total)} <eos>"


def sample(rng, n=None, finished=True, fresh_sloppy=0.0, note_sloppy=0.0):
    """A prompt and a completion of training, as texts: 40 % final; 45 % from the start, the others from a true note after 1 … n terms (n with
    `finished`); not final: stop after 1-4 steps with p .5 (fresh) or .8 (from a note)."""
    n = n or rng.randint(2, 9)
    terms, totals = problem(rng, n)
    last, fresh = rng.random() < 0.40, rng.random() < 0.45
    done = 0 if fresh else rng.randint(1, n if finished else n - 1)
    early = not last and rng.random() < (0.5 if fresh else 0.8)
    steps = rng.randint(1, 4) if early else None
    text = prompt(terms, done, totals[done - 1] if done else 0, last)
    return text, demonstration(rng, terms, totals, done, steps, fresh_sloppy if fresh else note_sloppy)


def answer(ids):
    """The note (terms done, total) of a completed round, or None: the completion must end `</think><ans> x00 <eos>`."""
    m = re.fullmatch(r"(?:[a-p]\d\d)*</think><ans>([a-p])(\d\d)<eos>", decode(ids))
    return m and (LETTERS.index(m[1]) + 1, int(m[2]))


def cut(ids):
    """Up to the first <eos>, which stays."""
    ids = list(ids)
    return ids[: ids.index(EOS) + 1] if EOS in ids else ids
