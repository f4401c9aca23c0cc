"""Makes tiny quantised checkpoints with the packages that write such files, and their goldens.

    python make_packed.py [NAME ...]        (default: all into packed/ beside this file)

Needs torch, transformers, safetensors, gptqmodel, autoawq and compressed-tensors. A layer's weights are quantised to the
nearest integers by the least and greatest of each group, packed by the package, and dequantised by the package; the
oracle is Hugging Face transformers on these weights in fp32. NAME.safetensors is what Quire reads.
"""

import json
import pathlib
import sys
import types

import torch
import transformers
from safetensors.torch import save_file

import scoring

VOCABULARY, COLUMNS, PROMPT_LENGTHS = 96, [0, 7, 61, 95], [1, 9, 33]
BASE = dict(
    vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=1, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2,
    tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
)


def parameters(weight, bits, group_size, symmetric):
    """Scales and zero points of groups, [rows, groups]."""
    groups = weight.reshape(weight.shape[0], -1, group_size)
    low, high = groups.amin(-1).clamp(max=0), groups.amax(-1).clamp(min=0)
    if symmetric:
        high = torch.maximum(-low, high)
        low = -high
    scales = ((high - low) / (2**bits - 1)).half().float()
    zeros = torch.full_like(scales, 2 ** (bits - 1)) if symmetric else torch.round(-low / scales)
    return scales, zeros.clamp(0, 2**bits - 1)


def rounded(weight, scales, zeros, bits, groups):
    codes = (torch.round(weight / scales[:, groups]) + zeros[:, groups]).clamp(0, 2**bits - 1)
    return (codes - zeros[:, groups]) * scales[:, groups]


def gptqmodel(bits, group_size, symmetric, version, ordered):
    from gptqmodel.nn_modules.qlinear.torch import TorchLinear
    from gptqmodel.quantization import FORMAT
    from gptqmodel.utils.model import convert_gptq_v2_to_v1_format_module

    def layer(weight):
        rows, columns = weight.shape
        order = torch.randperm(columns, generator=torch.Generator().manual_seed(columns)) if ordered else torch.arange(columns)
        groups = torch.empty(columns, dtype=torch.int32)
        groups[order] = (torch.arange(columns) // group_size).int()
        scales, zeros = parameters(weight[:, order], bits, group_size, symmetric)
        linear = torch.nn.Linear(columns, rows, bias=False)
        linear.weight.data = rounded(weight, scales, zeros, bits, groups)
        packed = TorchLinear(
            bits=bits, group_size=group_size, sym=symmetric, desc_act=ordered, in_features=columns, out_features=rows,
            bias=False, format=FORMAT.GPTQ_V2)
        packed.pack(linear, scales, zeros, groups)
        packed.scales = packed.scales.float()
        packed.post_init()
        weights = packed.dequantize_weight().T.contiguous().float()
        if version == 1:
            convert_gptq_v2_to_v1_format_module(packed, types.SimpleNamespace(bits=bits, pack_dtype=torch.int32))
        tensors = {"qweight": packed.qweight, "qzeros": packed.qzeros, "scales": packed.scales.half(),
                   "g_idx": packed.g_idx}
        return tensors, weights

    config = {"quant_method": "gptq", "bits": bits, "group_size": group_size, "desc_act": ordered, "sym": symmetric,
              "checkpoint_format": "gptq" if version == 1 else "gptq_v2", "lm_head": False,
              "pack_dtype": "int32", "meta": {"quantizer": ["gptqmodel"]}}
    return config, layer


def autoawq(group_size):
    from awq.modules.linear.gemm import WQLinear_GEMM
    from awq.utils.packing_utils import dequantize_gemm

    def layer(weight):
        scales, zeros = parameters(weight, 4, group_size, False)
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
        groups = torch.arange(weight.shape[1]) // group_size
        linear.weight.data = rounded(weight, scales, zeros, 4, groups)
        packed = WQLinear_GEMM.from_linear(
            linear, 4, group_size, scales=scales.T.contiguous(), zeros=zeros.T.contiguous())
        weights = dequantize_gemm(packed.qweight, packed.qzeros, packed.scales.float(), 4, group_size)
        return {"qweight": packed.qweight, "qzeros": packed.qzeros, "scales": packed.scales}, weights.T.contiguous()

    config = {"quant_method": "awq", "bits": 4, "group_size": group_size, "zero_point": True, "version": "gemm"}
    return config, layer


def compressed_tensors(format, **arguments):
    from compressed_tensors.compressors import BaseCompressor
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme

    args = QuantizationArgs(**arguments)
    scheme = QuantizationScheme(targets=["Linear"], weights=args)
    compressor = BaseCompressor.get_value_from_registry(format)

    def layer(weight):
        state = {"weight": weight.bfloat16()}
        if args.type == "float":
            greatest = weight.reshape(weight.shape[0], -1, 32).abs().amax(-1)
            state["weight_scale"] = torch.exp2(torch.floor(torch.log2(greatest)) - 2).bfloat16()
        else:
            size = args.group_size if args.group_size and args.group_size > 0 else weight.shape[1]
            scales, zeros = parameters(weight, args.num_bits, size, args.symmetric)
            state["weight_scale"] = scales.bfloat16()
            state["weight_zero_point"] = (zeros - 2 ** (args.num_bits - 1)).to(torch.int8)
        packed = compressor.compress(state, scheme)
        wide = {key: value.float() if value.dtype == torch.bfloat16 else value for key, value in packed.items()}
        return packed, compressor.decompress(dict(wide), scheme)["weight"].float()

    group = {"targets": ["Linear"], "weights": json.loads(args.model_dump_json()), "input_activations": None,
             "output_activations": None, "format": format}
    config = {"quant_method": "compressed-tensors", "config_groups": {"group_0": group}, "format": format,
              "global_compression_ratio": None, "ignore": ["lm_head"], "kv_cache_scheme": None,
              "quantization_status": "compressed", "sparsity_config": {}, "transform_config": {}, "version": "0.20.0"}
    return config, layer


# Of each checkpoint: the class, what quantises, with which parameters.
CASES = {
    "gptqmodel-v1": ("Llama", gptqmodel, dict(bits=4, group_size=32, symmetric=True, version=1, ordered=False)),
    "gptqmodel-v2-ordered": ("Qwen2", gptqmodel, dict(bits=4, group_size=32, symmetric=False, version=2, ordered=True)),
    "gptqmodel-8bit": ("Mistral", gptqmodel, dict(bits=8, group_size=32, symmetric=False, version=1, ordered=False)),
    "autoawq": ("Llama", autoawq, dict(group_size=32)),
    "compressed-w4": ("Llama", compressed_tensors, dict(
        format="pack-quantized", num_bits=4, type="int", symmetric=True, strategy="group", group_size=32)),
    "compressed-w4-zero-points": ("Qwen2", compressed_tensors, dict(
        format="pack-quantized", num_bits=4, type="int", symmetric=False, strategy="group", group_size=32)),
    "compressed-w8-int": ("Llama", compressed_tensors, dict(
        format="int-quantized", num_bits=8, type="int", symmetric=True, strategy="channel")),
    "compressed-mxfp4": ("Llama", compressed_tensors, dict(
        format="mxfp4-pack-quantized", num_bits=4, type="float", symmetric=True, strategy="group", group_size=32)),
}


def make(out, name, family, quantiser, options):
    torch.manual_seed(7)
    config = getattr(transformers, family + "Config")(**BASE, attn_implementation="eager")
    model = getattr(transformers, family + "ForCausalLM")(config).float().eval()
    quantization, layer = quantiser(**options)
    state, tensors = model.state_dict(), {}
    for key in list(state):
        if key == "lm_head.weight":
            continue
        shape = state[key].shape
        spread = 0.3 if len(shape) == 2 else 0.1
        values = torch.randn(shape) * spread + (1 if key.endswith("norm.weight") else 0)
        if key.endswith("_proj.weight"):
            with torch.no_grad():
                parts, values = layer(values)
            module = key.removesuffix(".weight")
            tensors |= {f"{module}.{part}": tensor.detach().contiguous() for part, tensor in parts.items()}
        else:
            values = (values * 3 if "embed" in key else values).half().float()
            tensors[key] = values.half()
        state[key] = values.detach()
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state)
    save_file(tensors, out / f"{name}.safetensors")
    stored = config.to_diff_dict()
    stored.pop("transformers_version", None)
    stored |= {**BASE, "architectures": [family + "ForCausalLM"], "quantization_config": quantization}
    prompts = []
    for index, length in enumerate(PROMPT_LENGTHS):
        tokens = [(5 + 17 * index + 23 * i * i + 3 * i) % VOCABULARY for i in range(length)]
        prompts.append({"tokens": tokens, "positions": scoring.score(model, tokens, 4, COLUMNS),
                        "greedy": scoring.greedy(model, tokens, 6)})
    golden = {"config": stored, "columns": COLUMNS, "prompts": prompts}
    (out / f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(name, (out / f"{name}.safetensors").stat().st_size, (out / f"{name}.json").stat().st_size)


def main():
    out = pathlib.Path(__file__).parent / "packed"
    out.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    for name in sys.argv[1:] or CASES:
        make(out, name, *CASES[name])


if __name__ == "__main__":
    main()
