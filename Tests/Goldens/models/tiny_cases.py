"""The tiny checkpoints that make_tiny.py makes: configurations of Hugging Face transformers' classes."""

VOCABULARY = 160

BASE = dict(
    vocab_size=VOCABULARY, hidden_size=48, intermediate_size=80, num_hidden_layers=2,
    num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=512, rms_norm_eps=1e-5,
    bos_token_id=1, eos_token_id=2, tie_word_embeddings=True,
)


def default_rope(theta):
    return {"rope_type": "default", "rope_theta": theta}


def transformers4(rope):
    """A change to the stored configuration: rotation under the keys that transformers 4 has for it."""

    def change(stored):
        del stored["rope_parameters"]
        stored.pop("layer_types", None)
        stored.update(rope)

    return change


SHORT_FACTORS = [1.0, 1.25, 1.5, 2.0]
LONG_FACTORS = [1.5, 4.0, 9.0]

# Of each checkpoint: the class, its configuration, and where they differ from it a change to the stored configuration.
CASES = {
    "llama-tied": ("Llama", dict(rope_parameters=default_rope(10000.0))),
    "llama-untied-head-dim": (
        "Llama",
        dict(tie_word_embeddings=False, head_dim=20, rope_parameters=default_rope(500000.0)),
    ),
    "llama-rope-llama3": (
        "Llama",
        dict(
            head_dim=16,
            rope_parameters={
                "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
            },
        ),
    ),
    "llama-rope-linear": (
        "Llama",
        dict(rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
    ),
    "llama-biases": (
        "Llama",
        dict(
            attention_bias=True, mlp_bias=True, num_key_value_heads=6,
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "mistral-sliding-window": (
        "Mistral",
        dict(
            tie_word_embeddings=False, sliding_window=6, head_dim=16, num_key_value_heads=1,
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "qwen2": ("Qwen2", dict(rope_parameters=default_rope(1000000.0))),
    "qwen2-sliding-layers": (
        "Qwen2",
        dict(
            num_hidden_layers=3, use_sliding_window=True, sliding_window=5, max_window_layers=1,
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "qwen3": (
        "Qwen3",
        dict(head_dim=24, tie_word_embeddings=False, rope_parameters=default_rope(1000000.0)),
    ),
    # Eight elements a head, of which six are turned.
    "phi3-sliding-window": (
        "Phi3",
        dict(
            tie_word_embeddings=False, sliding_window=7, pad_token_id=0,
            rope_parameters={**default_rope(10000.0), "partial_rotary_factor": 0.75},
        ),
    ),
    "phi3-longrope-short": (
        "Phi3",
        dict(
            original_max_position_embeddings=512, pad_token_id=0,
            rope_parameters={
                "rope_type": "longrope", "rope_theta": 10000.0, "attention_factor": 1.2,
                "short_factor": SHORT_FACTORS, "long_factor": [2 * f for f in SHORT_FACTORS],
            },
        ),
    ),
    # The model's length lies beyond the original one, so the long factors count for every prompt: the oracle, which
    # decides by the prompt, is made with them alone.
    "phi3-longrope-long": (
        "Phi3",
        dict(
            original_max_position_embeddings=64, pad_token_id=0, tie_word_embeddings=False,
            rope_parameters={
                "rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
                "short_factor": LONG_FACTORS, "long_factor": LONG_FACTORS,
            },
        ),
        transformers4({
            "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
            "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.5, 2.0], "long_factor": LONG_FACTORS},
        }),
    ),
    "gemma2": (
        "Gemma2",
        dict(
            num_hidden_layers=3, head_dim=12, query_pre_attn_scalar=20, sliding_window=6, pad_token_id=0,
            attn_logit_softcapping=1.5, final_logit_softcapping=2.0, rope_parameters=default_rope(10000.0),
        ),
    ),
    "gemma2-no-caps": (
        "Gemma2",
        dict(
            num_hidden_layers=2, head_dim=16, query_pre_attn_scalar=16, sliding_window=9, pad_token_id=0,
            num_key_value_heads=6, attn_logit_softcapping=None, final_logit_softcapping=None,
            attention_bias=True, layer_types=["full_attention", "sliding_attention"],
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "gemma3": (
        "Gemma3",
        dict(
            num_hidden_layers=4, head_dim=16, num_key_value_heads=1, query_pre_attn_scalar=24, sliding_window=5,
            pad_token_id=0,
            layer_types=["sliding_attention", "full_attention", "full_attention", "sliding_attention"],
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0},
                "sliding_attention": default_rope(10000.0),
            },
        ),
    ),
    "gemma3-transformers4": (
        "Gemma3",
        dict(
            num_hidden_layers=3, head_dim=20, query_pre_attn_scalar=20, sliding_window=6, pad_token_id=0,
            tie_word_embeddings=False, final_logit_softcapping=3.0, sliding_window_pattern=2,
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 100000.0},
                "sliding_attention": default_rope(5000.0),
            },
        ),
        transformers4({
            "rope_theta": 100000.0, "rope_local_base_freq": 5000.0,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "sliding_window_pattern": 2,
        }),
    ),
    # As transformers 4 wrote it, and as Qwen2.5's page says to.
    "qwen2-rope-yarn": (
        "Qwen2",
        dict(
            tie_word_embeddings=False,
            rope_parameters={
                "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 128,
            },
        ),
        transformers4({
            "rope_theta": 10000.0,
            "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128},
        }),
    ),
    "llama-rope-yarn-mscale": (
        "Llama",
        dict(
            head_dim=16,
            rope_parameters={
                "rope_type": "yarn", "rope_theta": 5000.0, "factor": 8.0, "original_max_position_embeddings": 64,
                "mscale": 1.5, "mscale_all_dim": 0.5, "truncate": False, "beta_fast": 8, "beta_slow": 2.0,
            },
        ),
    ),
    # Texts cross the length both in prompts and in answers.
    "llama-rope-dynamic": (
        "Llama",
        dict(
            max_position_embeddings=24, num_key_value_heads=1,
            rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 3.0},
        ),
    ),
    "olmo2": ("Olmo2", dict(tie_word_embeddings=False, rope_parameters=default_rope(500000.0))),
    "olmo2-biases": (
        "Olmo2", dict(attention_bias=True, num_key_value_heads=6, rope_parameters=default_rope(10000.0)),
    ),
    "smollm3": (
        "SmolLM3",
        dict(
            num_hidden_layers=5, pad_token_id=0, no_rope_layer_interval=2,
            rope_parameters=default_rope(2000000.0),
        ),
    ),
    "smollm3-listed-layers": (
        "SmolLM3",
        dict(
            num_hidden_layers=3, pad_token_id=0, tie_word_embeddings=False, no_rope_layers=[0, 1, 1],
            use_sliding_window=True, sliding_window=7,
            layer_types=["full_attention", "sliding_attention", "full_attention"],
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "granite": (
        "Granite",
        dict(
            tie_word_embeddings=False, embedding_multiplier=3.0, attention_multiplier=0.2,
            residual_multiplier=0.4, logits_scaling=1.7,
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "ministral": (
        "Ministral",
        dict(
            num_hidden_layers=3, tie_word_embeddings=False, sliding_window=6, head_dim=16,
            layer_types=["full_attention", "sliding_attention", "full_attention"],
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "ministral3": (
        "Ministral3",
        dict(
            tie_word_embeddings=False, head_dim=16,
            rope_parameters={
                "rope_type": "yarn", "rope_theta": 10000.0, "factor": 16.0, "original_max_position_embeddings": 7,
                "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.3,
            },
        ),
    ),
    "olmo3": (
        "Olmo3",
        dict(
            num_hidden_layers=4, sliding_window=6,
            rope_parameters={
                "full_attention": {
                    "rope_type": "yarn", "rope_theta": 500000.0, "factor": 8.0, "original_max_position_embeddings": 64,
                    "attention_factor": 1.2, "beta_fast": 32.0, "beta_slow": 1.0,
                },
                "sliding_attention": default_rope(500000.0),
            },
        ),
    ),
    "olmo3-transformers4": (
        "Olmo3",
        dict(
            num_hidden_layers=3, sliding_window=5, tie_word_embeddings=False,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_parameters={
                "full_attention": {"rope_type": "linear", "rope_theta": 500000.0, "factor": 4.0},
                "sliding_attention": default_rope(500000.0),
            },
        ),
        lambda stored: (
            stored.pop("rope_parameters"), stored.pop("rope_theta", None),
            stored.update(rope_theta=500000, rope_scaling={"rope_type": "linear", "factor": 4.0})),
    ),
    # The reference of qwen_reference.py; prompts longer than seq_length change the base of rotation.
    "qwen": ("QWen", dict(seq_length=24, use_dynamic_ntk=True, use_logn_attn=True)),
    "qwen-plain": (
        "QWen",
        dict(
            seq_length=24, use_dynamic_ntk=False, use_logn_attn=False, no_bias=False, rotary_pct=0.5,
            rotary_emb_base=500.0,
        ),
    ),
}
