"""`quire pull` against a hub on this machine: layout, resumption, checksums, tokens, refusals."""
import fcntl
import hashlib
import json
import os
import random
import signal
import subprocess
import time
import unittest

from harness import QUIRE, QuireTestCase
from hub_server import COMMIT, Hub, git_name

NAME = "Org/Name-1.5"


class PullTest(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.tiny()
        self.files = {"sub/deep/notes.txt": b"notes\n", "empty.txt": b""}
        for name in os.listdir(self.path("tiny")):
            with open(os.path.join(self.path("tiny"), name), "rb") as file:
                self.files[name] = file.read()
        self.large = {"model.safetensors"}
        self.start()

    def start(self):
        self.hub = Hub(self.files, self.large)
        self.addCleanup(self.hub.close)
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("HF_", "MODELSCOPE_"))},
            "HF_ENDPOINT": self.hub.endpoint, "HF_HOME": self.path("hf"), "MODELSCOPE_ENDPOINT": self.hub.endpoint,
            "MODELSCOPE_CACHE": self.path("ms"),
        }

    def run_quire(self, *arguments, expect=0, **changes):
        done = subprocess.run(
            [QUIRE, *arguments], capture_output=True, text=True, timeout=120, env={**self.environment, **changes})
        self.assertEqual(done.returncode, expect, done.stderr[-2000:])
        return done

    def pull(self, *arguments, **options):
        return self.run_quire("pull", *(arguments or (NAME,)), **options)

    @property
    def folder_of_model(self):
        return self.path("hf/hub/models--Org--Name-1.5")

    def blob(self, path):
        content = self.files[path]
        name = hashlib.sha256(content).hexdigest() if path in self.large else git_name(content)
        return os.path.join(self.folder_of_model, "blobs", name)

    def check_snapshot(self, folder, names=None):
        for name in names or self.files:
            with open(os.path.join(folder, name), "rb") as file:
                self.assertEqual(file.read(), self.files[name], name)

    def asked_for(self, path):
        return [request for request in self.hub.requests if path in request[2] and "/api/" not in request[2]]

    # Layout

    def test_the_cache_has_the_layout_of_huggingface_hub_and_the_model_answers(self):
        done = self.pull()
        snapshot = os.path.join(self.folder_of_model, "snapshots", COMMIT)
        self.assertEqual(done.stdout, snapshot + "\n")
        self.check_snapshot(snapshot)
        for name in self.files:
            link = os.path.join(snapshot, name)
            self.assertEqual(os.path.realpath(link), os.path.realpath(self.blob(name)))
            self.assertFalse(os.path.isabs(os.readlink(link)))
        with open(os.path.join(self.folder_of_model, "refs", "main")) as file:
            self.assertEqual(file.read(), COMMIT)
        self.assertEqual([n for n in os.listdir(os.path.join(self.folder_of_model, "blobs")) if "." in n], [])
        self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        self.run_quire(
            "run", "--model", NAME, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--kv-cache-memory", "64MiB")
        self.assertIsNone(self.lines("out.jsonl")[0]["error"])

    def test_a_second_pull_fetches_nothing(self):
        self.pull()
        before = len(self.hub.requests)
        done = self.pull()
        self.assertEqual([request[2].split("?")[0] for request in self.hub.requests[before:]],
                         ["/api/models/%s/revision/main" % NAME])
        self.assertIn("0 bytes were fetched", done.stderr)

    def test_a_revision_is_noted_under_its_own_name(self):
        self.pull(NAME + "@refs/pr/1")
        self.assertIn("/api/models/%s/revision/refs%%2Fpr%%2F1?blobs=true" % NAME, self.hub.requests[0][2])
        with open(os.path.join(self.folder_of_model, "refs", "refs", "pr", "1")) as file:
            self.assertEqual(file.read(), COMMIT)
        self.pull(NAME, "--revision", COMMIT)
        self.assertFalse(os.path.exists(os.path.join(self.folder_of_model, "refs", COMMIT)))

    def test_hashes_that_a_listing_leaves_out_are_asked_for_file_by_file(self):
        self.hub.lists_blobs = False
        self.check_snapshot(self.pull().stdout.strip())
        self.assertTrue(os.path.exists(self.blob("model.safetensors")))
        heads = [request for request in self.hub.requests if request[1] == "HEAD"]
        self.assertEqual({request[0] for request in heads}, {"hub"})
        self.assertEqual(len(heads), len(self.files))

    def test_huggingface_hub_finds_what_was_pulled(self):
        try:
            import huggingface_hub
        except ImportError:
            self.skipTest("huggingface_hub is not installed")
        self.pull()
        found = huggingface_hub.snapshot_download(NAME, cache_dir=self.path("hf/hub"), local_files_only=True)
        self.assertEqual(found, os.path.join(self.folder_of_model, "snapshots", COMMIT))
        self.check_snapshot(found)
        scan = huggingface_hub.scan_cache_dir(self.path("hf/hub"))
        self.assertEqual(scan.warnings, [])
        self.assertEqual([repo.repo_id for repo in scan.repos], [NAME])

    def test_modelscope_has_its_own_paths_and_folder(self):
        done = self.pull(NAME, "--hub", "modelscope", MODELSCOPE_API_TOKEN="ms-token")
        folder = self.path("ms/models/Org/Name-1___5")
        self.assertEqual(done.stdout.strip(), folder)
        self.check_snapshot(folder)
        self.assertTrue(all(request[3].get("Authorization") == "Bearer ms-token" for request in self.hub.requests))
        self.run_quire("inspect", NAME)
        with open(os.path.join(folder, "config.json"), "ab") as file:
            file.seek(0)
            file.truncate()
            file.write(b"x" * len(self.files["config.json"]))
        again = self.pull(NAME, "--hub", "modelscope")
        self.check_snapshot(folder)
        self.assertNotIn(" 0 bytes were fetched", again.stderr)

    def test_patterns_choose_files(self):
        folder = self.pull(NAME, "--include", "*.json", "--include", "sub/", "--exclude", "tokenizer*").stdout.strip()
        found = {os.path.relpath(os.path.join(place, name), folder)
                 for place, _, names in os.walk(folder) for name in names}
        self.assertEqual(found, {"config.json", "sub/deep/notes.txt"} | (
            {n for n in self.files if n.endswith(".json") and not n.startswith("tokenizer")}))

    # Interrupted and damaged transfers

    def big(self, byte_count=3_000_000):
        self.files["model.safetensors"] = random.Random(1).randbytes(byte_count)

    def test_a_broken_connection_is_gone_on_with_where_it_broke(self):
        self.big()
        self.hub.cuts["model.safetensors"] = [1_000_000, 700_000]
        self.check_snapshot(self.pull().stdout.strip())
        ranges = [request[3].get("Range") for request in self.asked_for("model.safetensors") if request[0] == "storage"]
        self.assertEqual(ranges[0], None)
        starts = [int(text.removeprefix("bytes=").split("-")[0]) for text in ranges[1:]]
        self.assertEqual(len(starts), 2)
        self.assertEqual(starts, sorted(starts))
        self.assertGreater(starts[0], 0)

    def test_a_server_that_knows_no_ranges_is_asked_from_the_start(self):
        self.big()
        self.hub.honours_ranges = False
        self.hub.cuts["model.safetensors"] = [1_000_000]
        self.check_snapshot(self.pull().stdout.strip())

    def test_a_killed_download_is_gone_on_with(self):
        self.big(20_000_000)
        self.hub.cuts["model.safetensors"] = [5_000_000] + [0] * 4
        done = self.pull(expect=74)
        self.assertIn("run the same command again", done.stderr)
        partial = self.blob("model.safetensors") + ".incomplete"
        size = os.path.getsize(partial)
        self.assertGreater(size, 0)
        self.assertFalse(os.path.exists(os.path.join(self.folder_of_model, "refs", "main")))
        before = len(self.hub.requests)
        self.check_snapshot(self.pull().stdout.strip())
        rest = [request for request in self.hub.requests[before:] if request[0] == "storage"]
        self.assertEqual([request[3].get("Range") for request in rest], ["bytes=%d-19999999" % size])
        self.assertFalse(os.path.exists(partial))

    def test_leftovers_of_another_content_are_thrown_away(self):
        self.big()
        partial = self.blob("model.safetensors") + ".incomplete"
        os.makedirs(os.path.dirname(partial))
        with open(partial, "wb") as file:
            file.write(b"other" * 1000)
        self.check_snapshot(self.pull().stdout.strip())

    def test_a_wrong_content_never_gets_a_name(self):
        self.big()
        self.hub.wrong["model.safetensors"] = b"x" * len(self.files["model.safetensors"])
        done = self.pull(expect=65)
        self.assertIn("model.safetensors: what arrived is not the file", done.stderr)
        self.assertFalse(os.path.exists(self.blob("model.safetensors")))
        self.assertFalse(os.path.exists(self.blob("model.safetensors") + ".incomplete"))
        os.remove(self.blob("config.json"))
        self.hub.wrong = {"config.json": self.files["config.json"].replace(b"1", b"2")}
        self.assertIn("config.json", self.pull(expect=65).stderr)

    def test_more_bytes_than_listed_are_refused(self):
        self.hub.wrong["config.json"] = self.files["config.json"] + b" " * 100
        self.assertIn("more than the", self.pull(expect=65).stderr)

    def test_passing_troubles_pass(self):
        self.hub.statuses = {"listing": [(503, {}), (429, {"Retry_After": "1"})], "config.json": [(500, {})]}
        self.check_snapshot(self.pull().stdout.strip())

    def test_a_server_that_stays_in_trouble_is_given_up(self):
        self.hub.statuses = {"listing": [(503, {"Retry_After": "0"})] * 5}
        done = self.pull(expect=74)
        self.assertIn("answers 503, 5 times in a row", done.stderr)

    def test_a_silent_server_is_asked_again(self):
        self.hub.delay.clear()
        start = time.monotonic()
        process = subprocess.Popen(
            [QUIRE, "pull", NAME], env={**self.environment, "HF_HUB_DOWNLOAD_TIMEOUT": "1"}, stderr=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        time.sleep(2.5)
        self.hub.delay.set()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.check_snapshot(out.strip())
        self.assertLess(time.monotonic() - start, 30)

    def test_an_interruption_ends_with_75_and_keeps_what_came(self):
        self.hub.delay.clear()
        process = subprocess.Popen([QUIRE, "pull", NAME], env=self.environment, stderr=subprocess.PIPE, text=True)
        while not self.hub.requests:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.hub.delay.set()
        self.assertEqual(process.returncode, 75)
        self.assertIn("run the same command again", err)

    def test_no_server_at_all(self):
        done = self.pull(expect=74, HF_ENDPOINT="http://127.0.0.1:9")
        self.assertIn("http://127.0.0.1:9", done.stderr)

    def test_a_full_disk_is_told_with_what_to_do(self):
        self.big()
        done = subprocess.run(
            ["bash", "-c", 'ulimit -f 1000; exec "$0" pull "$1"', QUIRE, NAME], capture_output=True, text=True,
            env=self.environment)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertIn("free some space and run the same command again", done.stderr)
        self.check_snapshot(self.pull().stdout.strip())

    def test_two_pulls_at_a_time_share_the_work(self):
        self.big()
        processes = [
            subprocess.Popen([QUIRE, "pull", NAME], env=self.environment, stdout=subprocess.PIPE, text=True)
            for _ in range(3)]
        for process in processes:
            out, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
            self.check_snapshot(out.strip())
        fetched = [request for request in self.asked_for("model.safetensors") if request[0] == "storage"]
        self.assertEqual(len(fetched), 1)

    def test_a_lock_of_another_process_is_waited_for(self):
        name = os.path.basename(self.blob("config.json"))
        lock = self.path("hf/hub/.locks/models--Org--Name-1.5/%s.lock" % name)
        os.makedirs(os.path.dirname(lock))
        with open(lock, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            process = subprocess.Popen([QUIRE, "pull", NAME], env=self.environment, stdout=subprocess.DEVNULL)
            time.sleep(1)
            self.assertIsNone(process.poll())
            self.assertFalse(os.path.exists(self.blob("config.json")))
        self.assertEqual(process.wait(timeout=30), 0)

    # Who asks, and who is refused

    def test_the_token_goes_to_the_hub_alone(self):
        self.pull(HF_TOKEN="hf_s3cret")
        by_server = {}
        for server, _, _, headers in self.hub.requests:
            by_server.setdefault(server, set()).add(headers.get("Authorization"))
        self.assertEqual(by_server, {"hub": {"Bearer hf_s3cret"}, "storage": {None}})

    def test_refusals_say_what_to_do(self):
        cases = [
            (401, {}, "no such model, or a private one", "HF_TOKEN"),
            (403, {"X_Error_Code": "GatedRepo"}, "only to those whom its owner lets in", NAME),
            (403, {}, "only to those whom its owner lets in", "HF_TOKEN"),
            (404, {"X_Error_Code": "RevisionNotFound"}, "no such revision", "@main"),
            (404, {"X_Error_Code": "RepoNotFound"}, "no such model", NAME),
        ]
        for status, headers, told, also in cases:
            self.hub.statuses = {"listing": [(status, headers)]}
            done = self.pull(expect=66)
            self.assertIn(told, done.stderr)
            self.assertIn(also, done.stderr)
        self.hub.statuses = {"model.safetensors": [(403, {"X_Error_Code": "GatedRepo"})]}
        self.assertIn("lets in", self.pull(expect=66, HF_TOKEN="hf_x").stderr)
        self.assertIn("no such model", self.pull("Org/Other", expect=66).stderr)

    def test_paths_that_leave_the_folder_are_refused_before_anything_is_fetched(self):
        for path in ["../evil", "a/../../evil", "/etc/evil", "a//b", "a\\b", "x/.", "bad\nname"]:
            self.hub.files = {"config.json": b"{}", path: b"evil"}
            done = self.pull(expect=65)
            self.assertIn("leads out of the model's folder", done.stderr)
        self.assertEqual(self.asked_for("resolve"), [])

    def test_listings_that_are_none(self):
        for body in [b"", b"<html>", b"[]", b'{"sha":"../x","siblings":[]}', b'{"sha":"abc"}', b'{"siblings":[]}']:
            self.hub.listing = lambda handler, query, body=body: self.hub.reply(handler, 200, body)
            self.assertIn("quire: ", self.pull(expect=65).stderr)
        self.hub.listing = lambda handler, query: self.hub.reply(
            handler, 200, json.dumps({"sha": COMMIT, "siblings": []}).encode())
        self.assertIn("no files", self.pull(expect=66).stderr)
        self.hub.listing = lambda handler, query: self.hub.reply(handler, 302, b"", Location="/" + handler.path[1:])
        self.assertIn("redirects more than", self.pull(expect=65).stderr)

    def test_usage(self):
        for arguments, told in [
            (["../x"], "must be named"), (["a/b/c"], "must be named"), ([NAME + "@x", "--revision", "y"], "--revision"),
            ([NAME, "--revision", "../x"], "--revision"), ([NAME, "--max-workers", "0"], "--max-workers"),
            ([NAME + ":Q4_0", "--include", "*"], "--include"), ([NAME, "--include", "*.nothing"], "matches"),
            ([NAME, "--hub", "other"], "other"),
        ]:
            self.assertIn(told, self.pull(*arguments, expect=64).stderr)
        for variable, value in [
            ("HF_ENDPOINT", "ftp://x"), ("HF_HUB_OFFLINE", "1"), ("HF_HUB_DOWNLOAD_TIMEOUT", "soon"),
            ("HF_TOKEN", "a b"),
        ]:
            self.assertIn(variable, self.pull(expect=64, **{variable: value}).stderr)
        with open(self.path("file"), "w"):
            pass
        self.assertIn("cannot make", self.pull(expect=73, HF_HOME=self.path("file")).stderr)

    def test_a_model_that_is_not_there_names_the_command(self):
        self.write_lines("in.jsonl", [{"prompt": "a"}])
        done = self.run_quire("run", "--model", NAME, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), expect=65)
        self.assertIn("`quire pull %s`" % NAME, done.stderr)

    def test_memory_does_not_grow_with_a_file(self):
        self.files["model.safetensors"] = bytes(300 << 20)
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-S", "-c",
             "import resource,subprocess,sys\nsubprocess.call(sys.argv[1:])\n"
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", QUIRE, "pull", NAME, "--quiet"],
            capture_output=True, text=True, env=self.environment)
        self.check_snapshot(done.stdout.splitlines()[0], ["config.json"])
        self.assertLess(int(done.stdout.splitlines()[-1]), 200 << 10)


if __name__ == "__main__":
    unittest.main()
