"""Answers over two nodes of Ray are the bytes of one `quire run`, also when a process or an actor is killed.

    QUIRE=… QUIRE_TEST_MODEL=… python3 -m unittest Examples/ray/test_answer.py
"""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import answer  # noqa: E402
import numbered_lines  # noqa: E402
import ray  # noqa: E402
import spread_lines  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

QUIRE, MODEL = os.environ["QUIRE"], os.environ["QUIRE_TEST_MODEL"]


def quire_processes():
    """The processes that workers have started."""
    told = subprocess.run(["pgrep", "-f", "run --model .* -i - -o - --quiet"], capture_output=True, text=True).stdout
    return [int(word) for word in told.split()]


def written_line_count(path):
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as file:
        return file.read().count(b"\n")


class AnswersOverNodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.input, cls.expected = spread_lines.write(cls.folder.name, QUIRE, MODEL)
        cls.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        cls.cluster.add_node(num_cpus=1)
        ray.init(address=cls.cluster.address, log_to_driver=False, logging_level="error")
        cls.cluster.wait_for_nodes()

    @classmethod
    def tearDownClass(cls):
        ray.shutdown()
        cls.cluster.shutdown()
        cls.folder.cleanup()

    def answers(self, disturb=None):
        """The bytes of the answers, and how many workers were replaced while `disturb` ran beside."""
        path = os.path.join(self.folder.name, self.id() + ".jsonl")
        if disturb:
            threading.Thread(target=disturb, args=(path,), daemon=True).start()
        command = [QUIRE, "run", "--model", MODEL, "-i", "-", "-o", "-", "--quiet", "--threads", "1"]
        with open(self.input, encoding="utf-8") as source, open(path, "wb", buffering=0) as sink:
            replaced = answer.answer_file(command, source, sink, worker_count=2, window=6)
        with open(path, "rb") as file:
            return file.read(), replaced

    def after(self, line_count, kill):
        """Kills once some answers are there."""
        def disturb(path):
            while line_count > written_line_count(path):
                time.sleep(0.02)
            kill()
        return disturb

    def test_bytes_are_those_of_one_run(self):
        self.assertEqual(self.answers(), (self.expected, 0))

    def test_a_process_that_is_killed_loses_nothing(self):
        bytes_, replaced = self.answers(self.after(5, lambda: os.kill(quire_processes()[0], signal.SIGKILL)))
        self.assertEqual((bytes_, replaced), (self.expected, 1))

    def test_an_actor_that_is_killed_loses_nothing(self):
        def kill():
            parent = subprocess.run(
                ["ps", "-o", "ppid=", "-p", str(quire_processes()[0])], capture_output=True, text=True).stdout
            os.kill(int(parent), signal.SIGKILL)
        bytes_, replaced = self.answers(self.after(5, kill))
        self.assertEqual((bytes_, replaced), (self.expected, 1))

    def test_ids_that_stand_twice_are_refused_before_lines_are_spread(self):
        with self.assertRaises(numbered_lines.DuplicateID):
            list(numbered_lines.numbered(['{"id": 1, "prompt": "a"}', '{"id": 1, "prompt": "b"}']))


if __name__ == "__main__":
    unittest.main()
