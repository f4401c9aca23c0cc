"""OpenBLAS is loaded where it multiplies and nowhere else: nobody pays for it, or misses it, who does not use it."""
import platform
import resource
import subprocess
import unittest

from harness import QUIRE, QuireTestCase


class OpenBLAS(QuireTestCase):
    @unittest.skipUnless(platform.system() == "Linux", "other systems name a program's libraries in another way")
    def test_the_program_does_not_name_it_among_the_libraries_that_it_loads(self):
        told = subprocess.run(["ldd", QUIRE], capture_output=True, text=True, check=True).stdout
        self.assertIn("libc.so", told)
        self.assertNotIn("openblas", told)

    def test_it_multiplies_where_it_is_asked_to_and_in_fp32_answers_alike(self):
        self.write_lines("in.jsonl", [{"prompt": "x", "max_tokens": 3, "temperature": 0}])
        texts = []
        for matmul in ("openblas", "auto"):
            self.quire("run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", self.path(matmul),
                       "--matmul", matmul, "--dtype", "float32")
            texts.append(self.lines(matmul)[0]["outputs"][0]["text"])
        self.assertEqual(texts[0], texts[1])

    @unittest.skipUnless(platform.system() == "Linux", "other systems do not limit addresses")
    def test_a_small_address_space_is_enough_for_what_does_not_multiply(self):
        limit = 180 << 20
        done = subprocess.run(
            [QUIRE, "--version"], capture_output=True, text=True, timeout=30,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
