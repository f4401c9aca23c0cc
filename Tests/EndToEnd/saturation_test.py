"""Keys and values that the KV cache's numbers cannot hold: one warning, with what to do."""
import json
import os
import struct
import unittest

from harness import QuireTestCase


class Saturation(QuireTestCase):
    def scaled(self, tensor, factor):
        """A tiny model, a tensor of which is multiplied."""
        path = os.path.join(self.tiny(), "model.safetensors")
        with open(path, "r+b") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            begin, end = json.loads(file.read(length))[tensor]["data_offsets"]
            file.seek(8 + length + begin)
            numbers = struct.unpack("<%df" % ((end - begin) // 4), file.read(end - begin))
            file.seek(8 + length + begin)
            file.write(struct.pack("<%df" % len(numbers), *(number * factor for number in numbers)))

    def told(self, *options):
        return self.quire(
            "run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--overwrite", *options).err

    def test_values_beyond_the_cache_are_told_of_once(self):
        self.write_lines("in.jsonl", [{"prompt": "word %d" % i, "max_tokens": 5, "temperature": 0} for i in range(20)])
        self.assertNotIn("65504", self.told())
        self.scaled("model.layers.0.self_attn.v_proj.weight", 1e6)
        told = self.told()
        self.assertEqual(told.count("beyond 65504"), 1)
        self.assertIn("--dtype float32", told)
        self.assertNotIn("65504", self.told("--dtype", "float32"))
        self.assertNotIn("65504", self.told("--quiet"))


if __name__ == "__main__":
    unittest.main()
