"""Clients made to harm against `quire serve`, in short; `Tests/attacks/server.py` has them at length."""
import os
import sys
import unittest

import serving
from harness import QuireTestCase

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "attacks"))
import server as attacks  # noqa: E402

RUNS_ALONE = "it measures how long an honest request takes beside an attack"

CONNECTIONS, SECONDS, FUZZ_SECONDS = 150, 1.5, 10
# A debug build on a busy machine; what waits for an attack to end waits for half a minute.
HONEST_SECONDS, BYTES = 10, 500 << 20


class ServeAttacks(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.served = serving.Server("--model", self.tiny(context=8192), "--max-num-seqs", "64", "--kv-cache-memory", "64MiB")
        self.addCleanup(self.served.kill)

    def test_others_are_served_and_memory_is_bounded(self):
        for attack in attacks.ATTACKS:
            with self.subTest(attack=attack.__name__):
                honest = attacks.attack(self.served, attack, CONNECTIONS, SECONDS)
                self.assertIsNone(self.served.process.poll())
                self.assertEqual(honest.failures, [])
                self.assertGreater(honest.count, 0)
                self.assertLess(honest.longest, HONEST_SECONDS)
                self.assertLess(self.served.peak_bytes(), BYTES)

    def test_no_spoilt_request_is_an_error_of_the_server_s(self):
        statuses, wrong = attacks.fuzz(self.served, FUZZ_SECONDS, seed=2)
        self.assertEqual(wrong, [])
        self.assertLess({200, 400, 404, 405}, set(statuses))
        self.assertEqual(self.served.stop(), 0)


if __name__ == "__main__":
    unittest.main()
