"""Turns the checkpoint of a bundled base into a repository laid out as on the Hub.

    python -m tools.base.export TASK SAFETENSORS_DIR OUT_DIR        TASK: a folder of tools, such as ledger

Reads config.json and model.safetensors; writes config.json, generation_config.json, tokenizer.json, tokenizer_config.json and
onnx/model.onnx (float32, Optimum's text-generation-with-past graph), then compares the graph with the checkpoint in ONNX Runtime.
Needs the versions of requirements-export.txt.
"""
import importlib
import json
import os
import random
import shutil
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from optimum.exporters.onnx import main_export
from safetensors.torch import load_file
from transformers import Qwen2Config, Qwen2ForCausalLM

from tools.base import tokenizer
from tools.base.model import Qwen2

torch.set_num_threads(1)


def checkpoint(source, task):
    """The compact model, and a folder with the same weights as transformers writes them."""
    config = json.load(open(f"{source}/config.json"))
    mine = Qwen2(config)
    mine.load_state_dict(load_file(f"{source}/model.safetensors"))
    theirs = Qwen2ForCausalLM(Qwen2Config(**{k: v for k, v in config.items() if k not in ("architectures", "model_type", "torch_dtype")}))
    missing = theirs.load_state_dict(mine.state_dict(), strict=False)
    assert missing.missing_keys == ["lm_head.weight"] and not missing.unexpected_keys, missing
    theirs.tie_weights()
    folder = tempfile.mkdtemp()
    theirs.save_pretrained(folder)
    tokenizer.write(folder, task)
    return mine.eval(), config, folder


def drop_extras(path):
    """Leaves out what no runtime needs: shape hints of inner values, documentation strings, metadata, unused initializers."""
    graph = onnx.load(path)
    g = graph.graph
    del g.value_info[:], g.metadata_props[:], graph.metadata_props[:]
    g.doc_string = graph.doc_string = ""
    used = {i for n in g.node for i in n.input} | {o.name for o in g.output}
    for n in g.node:
        n.doc_string = ""
        del n.metadata_props[:]
    kept = [t for t in g.initializer if t.name in used]
    del g.initializer[:]
    g.initializer.extend(kept)
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)


def stored(path):
    """Every weight of the graph under its checkpoint name, linear ones turned back to [out, in]."""
    g = onnx.load(path).graph
    values = {t.name: onnx.numpy_helper.to_array(t) for t in g.initializer}
    found = {k: v for k, v in values.items() if not k.startswith("onnx::")}
    for n in g.node:
        if n.op_type == "MatMul" and n.input[1] in values:
            found[n.name.strip("/").replace("/", ".").removesuffix(".MatMul") + ".weight"] = values[n.input[1]].T
    return found


def compare(mine, config, task, path):
    """The weights bit for bit; then log-probabilities on rows of the task against float64: whole rows, and token by token with the
    cache (padding stands to the right, where nothing before it looks). A trained model is sharp: torch's own float32 is as far from float64, so that is printed beside."""
    want, have = mine.state_dict(), stored(path)
    assert set(want) == set(have), set(want) ^ set(have)
    assert all(np.array_equal(want[k].numpy(), have[k]) for k in want)
    size = config["hidden_size"] // config["num_attention_heads"]
    names = [f"past_key_values.{i}.{k}" for i in range(config["num_hidden_layers"]) for k in ("key", "value")]
    run = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    rng = random.Random(0)
    rows = [task.sample(rng) for _ in range(16)]
    rows = [[task.encode(text) for text in row] for row in rows]
    width = max(len(p) + len(c) for p, c in rows)
    learnt = np.array([[False] * (len(p) - 1) + [True] * len(c) + [False] * (width - len(p) - len(c) + 1) for p, c in rows])
    rows = [p + c + [config["pad_token_id"]] * (width - len(p) - len(c)) for p, c in rows]
    ids = np.array(rows)
    soft = lambda z: torch.as_tensor(z).double().log_softmax(-1).numpy()
    with torch.no_grad():
        plain = soft(mine(torch.as_tensor(ids)))
        exact = soft(mine.double()(torch.as_tensor(ids)))

    def ask(part, start, past):
        end = start + part.shape[1]
        feed = {"input_ids": part, "attention_mask": np.ones((len(ids), end), np.int64), **past}
        feed["position_ids"] = np.tile(np.arange(start, end), (len(ids), 1))
        out = run.run(None, feed)
        return out[0], dict(zip(names, out[1:]))

    empty = {n: np.zeros((len(ids), config["num_key_value_heads"], 0, size), np.float32) for n in names}
    whole = soft(ask(ids, 0, empty)[0])
    z, past = ask(ids[:, :5], 0, empty)
    got = [z]
    for t in range(5, ids.shape[1]):
        z, past = ask(ids[:, t : t + 1], t, past)
        got.append(z)
    cached = soft(np.concatenate(got, 1))
    far = lambda x: np.abs(x - exact)[learnt].max()
    found = {"graph, whole rows": far(whole), "graph, with cache": far(cached), "torch float32": far(plain)}
    print("weights equal; log-probabilities of completions from float64:", ", ".join(f"{k} {v:.1e}" for k, v in found.items()))
    assert max(found.values()) < 2e-4


def main(name, source, out):
    task = importlib.import_module(f"tools.{name}.task")
    mine, config, folder = checkpoint(source, task)
    made = tempfile.mkdtemp()
    main_export(folder, made, task="text-generation-with-past", device="cpu", dtype="fp32", no_post_process=False)
    os.makedirs(f"{out}/onnx", exist_ok=True)
    shutil.copyfile(f"{made}/model.onnx", f"{out}/onnx/model.onnx")
    drop_extras(f"{out}/onnx/model.onnx")
    with open(f"{out}/config.json", "w") as f:
        f.write(json.dumps(config, indent=1) + "\n")
    with open(f"{out}/generation_config.json", "w") as f:
        ends = {k: config[k] for k in ("bos_token_id", "eos_token_id", "pad_token_id") if k in config}
        f.write(json.dumps({"do_sample": True, "temperature": 1.0, "top_k": 0, **ends}, indent=1) + "\n")
    tokenizer.write(out, task)
    compare(mine, config, task, f"{out}/onnx/model.onnx")
    for path in sorted(os.listdir(out)) + ["onnx/model.onnx"]:
        if os.path.isfile(f"{out}/{path}"):
            print(f"{os.path.getsize(f'{out}/{path}'):>8}  {path}")
    shutil.rmtree(folder), shutil.rmtree(made)


if __name__ == "__main__":
    main(*sys.argv[1:4])
