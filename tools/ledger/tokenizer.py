"""tokenizer.json and tokenizer_config.json of the ledger models: one token a character, one a tag, white space means nothing.

    python tokenizer.py OUT_DIR
"""
import json
import sys

import task

TAGS = [t for t in task.TOKENS if t.startswith("<")]
# Decoding writes a space before every note or term and before these tags, so that the text reads as the task writes it.
SPACED = r"^(?=[a-p_]$|<q>|<prog>|<last>|<think>|</think>|<eos>|<pad>)"


def tokenizer():
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": task.ID[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": t in ("<eos>", "<pad>")}
            for t in TAGS
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False},
            ],
        },
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"Regex": SPACED}, "content": " "},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {"type": "WordLevel", "vocab": dict(task.ID), "unk_token": "<pad>"},
    }


def config():
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": None,
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<pad>",
        "add_bos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 160,
        "chat_template": "{% for message in messages %}{{ message['content'] }}{% endfor %}",
    }


def write(folder):
    for name, data in (("tokenizer.json", tokenizer()), ("tokenizer_config.json", config())):
        with open(f"{folder}/{name}", "w") as f:
            json.dump(data, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    write(sys.argv[1])
