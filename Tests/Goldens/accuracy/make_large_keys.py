"""Makes a checkpoint whose keys have two very large channels in every head, as biases of some models make them.

    python make_large_keys.py MODEL.gguf OUTPUT_DIRECTORY [BIAS]

The model is one of Llama's architecture, the checkpoint one of Qwen2's: the same weights, dequantised, with biases of
queries, keys and values, all zero but for BIAS (default: 100) and its negative in the two channels of each key that
rotary embedding turns slowest. Over some hundred positions they add almost the same to all scores of a query, which the
softmax takes away again. Needs torch, transformers and gguf.
"""

import sys

import torch
import transformers

import divergence


def main():
    source, target = sys.argv[1:3]
    bias = float(sys.argv[3]) if len(sys.argv) > 3 else 100.0
    model, tokenizer = divergence.load_oracle(source)
    old = model.config
    config = transformers.Qwen2Config(
        vocab_size=old.vocab_size, hidden_size=old.hidden_size, intermediate_size=old.intermediate_size,
        num_hidden_layers=old.num_hidden_layers, num_attention_heads=old.num_attention_heads,
        num_key_value_heads=old.num_key_value_heads, max_position_embeddings=old.max_position_embeddings,
        rms_norm_eps=old.rms_norm_eps, rope_parameters=old.rope_parameters, tie_word_embeddings=True,
        bos_token_id=old.bos_token_id, eos_token_id=old.eos_token_id)
    other = transformers.Qwen2ForCausalLM(config)
    missing, unexpected = other.load_state_dict(model.state_dict(), strict=False)
    assert not unexpected and all(name.endswith(".bias") for name in missing), (missing, unexpected)
    with torch.no_grad():
        for layer in other.model.layers:
            attention = layer.self_attn
            for part in (attention.q_proj, attention.k_proj, attention.v_proj):
                part.bias.zero_()
            heads = attention.k_proj.bias.view(old.num_key_value_heads, -1)
            heads[:, heads.shape[1] // 2 - 1] = bias
            heads[:, -1] = -bias
    other.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    main()
