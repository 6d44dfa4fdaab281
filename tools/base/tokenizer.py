"""tokenizer.json and tokenizer_config.json of a bundled base: one token a tag, and one a character or, where the task says so, a word.

A task's module says TOKENS, whether a word is SPLIT into characters, and before which tokens a space is SPACED when ids become text."""
import json


def tokenizer(task):
    tags = [t for t in task.TOKENS if t.startswith("<")]
    characters = [{"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False}] if task.SPLIT else []
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": task.ID[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": t in ("<eos>", "<pad>")}
            for t in tags
        ],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, *characters]},
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"Regex": task.SPACED}, "content": " "},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {"type": "WordLevel", "vocab": dict(task.ID), "unk_token": "<pad>"},
    }


def config(length):
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": None,
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<pad>",
        "add_bos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": length,
        "chat_template": "{% for message in messages %}{{ message['content'] }}{% endfor %}",
    }


def write(folder, task, length=160):
    for name, data in (("tokenizer.json", tokenizer(task)), ("tokenizer_config.json", config(length))):
        with open(f"{folder}/{name}", "w") as f:
            json.dump(data, f, indent=1)
            f.write("\n")
