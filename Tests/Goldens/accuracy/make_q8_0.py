"""Writes a GGUF file again with its matrices in Q8_0.

    python make_q8_0.py MODEL.gguf OUTPUT.gguf

Needs numpy and gguf. Metadata and vectors stay as they are, matrices are dequantised and quantised again.
"""

import sys

import gguf


def main():
    reader = gguf.GGUFReader(sys.argv[1])
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(sys.argv[2], architecture)
    kind = gguf.GGMLQuantizationType.Q8_0
    for name, field in reader.fields.items():
        # The writer sets the first ones itself.
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value = field.contents()
        if name == "general.file_type":
            value = int(gguf.LlamaFileType.MOSTLY_Q8_0)
        more = {"sub_type": field.types[-1]} if field.types[0] == gguf.GGUFValueType.ARRAY else {}
        writer.add_key_value(name, value, field.types[0], **more)
    for tensor in reader.tensors:
        if len(tensor.shape) < 2 or tensor.tensor_type == kind:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        else:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            writer.add_tensor(tensor.name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
