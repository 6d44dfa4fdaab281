"""A compact Qwen2 decoder in plain PyTorch with the tensor names of its Hugging Face checkpoints.

No padding mask is needed: rows of a batch share one prompt length, and what stands to the right of a row's end is never looked at.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn


def config(tokens, layers=3, groups=4, context=160, start="<q>"):
    """config.json of a base: 64 wide, 4 heads of which `groups` have keys and values, a tied vocabulary of these tokens."""
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "vocab_size": len(tokens),
        "hidden_size": 64,
        "intermediate_size": 168,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": groups,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "max_position_embeddings": context,
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "bos_token_id": tokens.index(start),
        "eos_token_id": tokens.index("<eos>"),
        "pad_token_id": tokens.index("<pad>"),
        "torch_dtype": "float32",
    }


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, self.heads, self.groups = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"]
        self.size = d // self.heads
        self.q_proj = nn.Linear(d, self.heads * self.size)
        self.k_proj = nn.Linear(d, self.groups * self.size)
        self.v_proj = nn.Linear(d, self.groups * self.size)
        self.o_proj = nn.Linear(self.heads * self.size, d, bias=False)

    def forward(self, x, turn, past):
        rows, length, _ = x.shape
        q = turn(self.q_proj(x).view(rows, length, self.heads, self.size).transpose(1, 2))
        k = turn(self.k_proj(x).view(rows, length, self.groups, self.size).transpose(1, 2))
        v = self.v_proj(x).view(rows, length, self.groups, self.size).transpose(1, 2)
        if past:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        present = (k, v)
        if self.groups < self.heads:
            k, v = (t.repeat_interleave(self.heads // self.groups, 1) for t in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=past is None)  # with a cache one token comes at a time
        return self.o_proj(y.transpose(1, 2).reshape(rows, length, -1)), present


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, h = c["hidden_size"], c["intermediate_size"]
        self.gate_proj, self.up_proj = nn.Linear(d, h, bias=False), nn.Linear(d, h, bias=False)
        self.down_proj = nn.Linear(h, d, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = Attention(c), Mlp(c)
        self.input_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.post_attention_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])

    def forward(self, x, turn, past):
        y, present = self.self_attn(self.input_layernorm(x), turn, past)
        x = x + y
        return x + self.mlp(self.post_attention_layernorm(x)), present


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = Norm(c["hidden_size"], c["rms_norm_eps"])


class Qwen2(nn.Module):
    """state_dict() has the names of a tied Qwen2ForCausalLM checkpoint (model.embed_tokens.weight and so on)."""

    def __init__(self, c):
        super().__init__()
        self.model, self.pad = Decoder(c), c["pad_token_id"]
        half = c["hidden_size"] // c["num_attention_heads"] // 2
        place, step = torch.arange(c["max_position_embeddings"], dtype=torch.float64), torch.arange(half, dtype=torch.float64)
        angle = place[:, None] * c["rope_theta"] ** (-step / half)[None]
        self.register_buffer("cos", angle.cos().repeat(1, 2), persistent=False)
        self.register_buffer("sin", angle.sin().repeat(1, 2), persistent=False)

    def start(self, generator):
        """Fresh weights: matrices N(0, 1/in), those that write to the residual stream smaller by sqrt(2 layers), biases 0."""
        layers = len(self.model.layers)
        for name, p in self.named_parameters():
            if "embed" in name:
                p.data.normal_(0, 0.1, generator=generator)
            elif name.endswith("bias"):
                p.data.zero_()
            elif p.dim() == 2:
                scale = 1 / math.sqrt(2 * layers) if "o_proj" in name or "down_proj" in name else 1
                p.data.normal_(0, scale / math.sqrt(p.shape[1]), generator=generator)

    def hidden(self, ids, past=None):
        at = past[0][0].shape[2] if past else 0
        cos, sin = self.cos[at : at + ids.shape[1]], self.sin[at : at + ids.shape[1]]

        def turn(x):
            a, b = x.chunk(2, -1)
            return x * cos + torch.cat([-b, a], -1) * sin

        x, cache = self.model.embed_tokens(ids), []
        cos, sin = cos.to(x.dtype), sin.to(x.dtype)
        for i, layer in enumerate(self.model.layers):
            x, present = layer(x, turn, past and past[i])
            cache.append(present)
        return self.model.norm(x), cache

    def logits(self, hidden):
        return hidden @ self.model.embed_tokens.weight.T

    def forward(self, ids):
        return self.logits(self.hidden(ids)[0])

    @torch.no_grad()
    def generate(self, prompts, cap, stop, temperature=1.0, generator=None):
        """Continues equally long prompts: [rows, cap] ids, filled up with `stop` after the first one. Temperature 0: greedy."""
        x, cache = self.hidden(prompts)
        out, live = [], torch.ones(len(prompts), dtype=torch.bool)
        for _ in range(cap):
            z = self.logits(x[:, -1])
            nxt = z.argmax(-1) if temperature == 0 else torch.multinomial((z / temperature).softmax(-1), 1, generator=generator)[:, 0]
            nxt = torch.where(live, nxt, stop)
            out.append(nxt)
            live &= nxt != stop
            if not live.any():
                break
            x, cache = self.hidden(nxt[:, None], cache)
        out = torch.stack(out, 1)
        return F.pad(out, (0, cap - out.shape[1]), value=stop)
