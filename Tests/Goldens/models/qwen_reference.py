"""First-generation Qwen (QWenLMHeadModel) in fp32, written from the rules of the published modeling_qwen.py: that class is
not in transformers.

- c_attn makes queries, keys and values with biases; no other projection has one unless no_bias is false.
- The gate is w2, the other factor w1; each has half of intermediate_size.
- A prompt longer than seq_length turns all tokens, those of the answer too, by a base that is multiplied by
  (2^ceil(log2(n / seq_length) + 1) - 1)^(d / (d - 2)), where use_dynamic_ntk.
- The query of token number i > seq_length, counted from 1, is multiplied by log(i) / log(seq_length), where use_logn_attn.
"""

import math
import types

import torch
from torch import nn

DEFAULTS = dict(
    architectures=["QWenLMHeadModel"], model_type="qwen", vocab_size=160, hidden_size=48, intermediate_size=144,
    num_hidden_layers=2, num_attention_heads=4, kv_channels=12, max_position_embeddings=512, seq_length=512,
    layer_norm_epsilon=1e-6, rotary_pct=1.0, rotary_emb_base=10000, use_dynamic_ntk=True, use_logn_attn=True,
    no_bias=True, tie_word_embeddings=False, scale_attn_weights=True, attn_dropout_prob=0.0, emb_dropout_prob=0.0,
    initializer_range=0.02, bf16=False, fp16=False, fp32=True, onnx_safe=None, use_flash_attn="auto", use_cache=True,
    use_cache_quantization=False, use_cache_kernel=False, softmax_in_fp32=False, tokenizer_class="QWenTokenizer",
    auto_map={
        "AutoConfig": "configuration_qwen.QWenConfig", "AutoModelForCausalLM": "modeling_qwen.QWenLMHeadModel",
    },
)


def configuration(**overrides):
    values = {**DEFAULTS, **overrides}
    config = types.SimpleNamespace(**values)
    config.to_diff_dict = lambda: dict(values)
    return config


class RMSNorm(nn.Module):
    def __init__(self, size: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.c_attn = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.c_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=not config.no_bias)

    def turned(self, x, angles):
        size = 2 * angles.shape[-1]
        cosines, sines = (torch.cat([f(angles), f(angles)], -1)[:, None] for f in (torch.cos, torch.sin))
        part, rest = x[..., :size], x[..., size:]
        half = torch.cat([-part[..., size // 2:], part[..., : size // 2]], -1)
        return torch.cat([part * cosines + half * sines, rest], -1)

    def forward(self, x, angles):
        config, count = self.config, x.shape[0]
        query, key, value = (
            part.view(count, config.num_attention_heads, -1) for part in self.c_attn(x).split(config.hidden_size, -1))
        query, key = self.turned(query, angles), self.turned(key, angles)
        if config.use_logn_attn:
            number = torch.arange(1, count + 1)
            factor = torch.where(
                number > config.seq_length, number.double().log() / math.log(config.seq_length), 1.0)
            query = query * factor.float()[:, None, None]
        scores = torch.einsum("qhd,khd->hqk", query, key) / math.sqrt(query.shape[-1])
        scores = scores.masked_fill(torch.ones(count, count).triu(1).bool(), -math.inf)
        attended = torch.einsum("hqk,khd->qhd", scores.softmax(-1), value)
        return self.c_proj(attended.reshape(count, -1))


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        half, bias = config.intermediate_size // 2, not config.no_bias
        self.w1 = nn.Linear(config.hidden_size, half, bias=bias)
        self.w2 = nn.Linear(config.hidden_size, half, bias=bias)
        self.c_proj = nn.Linear(half, config.hidden_size, bias=bias)

    def forward(self, x):
        return self.c_proj(self.w1(x) * nn.functional.silu(self.w2(x)))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1 = RMSNorm(config.hidden_size, config.layer_norm_epsilon)
        self.attn = Attention(config)
        self.ln_2 = RMSNorm(config.hidden_size, config.layer_norm_epsilon)
        self.mlp = MLP(config)

    def forward(self, x, angles):
        x = x + self.attn(self.ln_1(x), angles)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.wte = nn.Embedding(config.vocab_size, config.hidden_size)
        self.h = nn.ModuleList([Block(config) for _ in range(config.num_hidden_layers)])
        self.ln_f = RMSNorm(config.hidden_size, config.layer_norm_epsilon)


class QWenLMHeadModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.transformer = Transformer(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.prompt_length = 0
        self.float().eval()

    def begin(self, prompt_length: int):
        """The length that the base of rotation follows from, for all passes over this text."""
        self.prompt_length = prompt_length

    def angles(self, count: int):
        config = self.config
        size = int(config.hidden_size // config.num_attention_heads * config.rotary_pct)
        alpha = 1
        if config.use_dynamic_ntk and self.prompt_length > config.seq_length:
            alpha = 2 ** math.ceil(math.log(self.prompt_length / config.seq_length, 2) + 1) - 1
        base = config.rotary_emb_base * alpha ** (size / (size - 2))
        frequencies = 1.0 / base ** (torch.arange(0, size, 2).float() / size)
        return torch.arange(count).float()[:, None] * frequencies

    def forward(self, input_ids, logits_to_keep=0):
        x = self.transformer.wte(input_ids[0])
        angles = self.angles(x.shape[0])
        for block in self.transformer.h:
            x = block(x, angles)
        logits = self.lm_head(self.transformer.ln_f(x))
        return types.SimpleNamespace(logits=logits[-logits_to_keep:][None])
