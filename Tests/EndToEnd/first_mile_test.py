"""What somebody meets who runs quire for the first time: slips in lines and options, and jobs that answer nothing."""
import json
import os
import subprocess

from harness import QUIRE, QuireTestCase


class FirstMile(QuireTestCase):
    def run_lines(self, lines, *options, expect=0):
        source = self.write_lines("in.jsonl", lines)
        result = self.quire(
            "run", "--model", self.tiny(), "-i", source, "-o", self.path("out.jsonl"), "--ordered", "--overwrite",
            "--max-tokens", 8, "--temperature", 0, "--kv-cache-memory", "1MiB", *options, expect=expect)
        return result, self.lines("out.jsonl")

    def test_keys_that_are_nearly_parameters_are_error_lines_that_name_them(self):
        meant = {
            "maxtokens": "max_tokens", "temprature": "temperature", "Top-P": "top_p", "max_new_tokens": "max_tokens",
            "do_sample": "temperature", "stopSequences": "stop", "samplingParams": "sampling_params"}
        good = {"prompt": "a", "topic": 1, "step": 2, "idx": 3, "stream": False}
        lines = [dict(prompt="a", **{key: 1}) for key in meant] + [good]
        _, answers = self.run_lines(lines)
        for (key, name), answer in zip(meant.items(), answers):
            self.assertEqual(answer["error"]["code"], "unknown_field")
            self.assertIn(f'"{key}"', answer["error"]["message"])
            self.assertIn(f"expected {name};", answer["error"]["message"])
            self.assertIn("--strict-fields", answer["error"]["message"])
        self.assertEqual(list(answers[-1]["metadata"]), ["topic", "step", "idx", "stream"])
        result, answers = self.run_lines(lines, "--strict-fields", "off")
        self.assertEqual([answer["error"] for answer in answers], [None] * len(lines))
        self.assertEqual(answers[0]["metadata"], {"maxtokens": 1})
        self.assertNotIn("may have been meant", result.err)

    def test_other_near_keys_are_metadata_and_named_once_a_run(self):
        result, answers = self.run_lines([{"prompt": "a", "temprture": 1}] * 3)
        self.assertEqual(answers[2]["metadata"], {"temprture": 1})
        self.assertEqual(result.err.count("temprture (temperature)"), 1)

    def test_the_first_error_is_told_and_a_job_without_answers_exits_3(self):
        result, _ = self.run_lines([{"prompt": "a"}, {"prompt": 7}, {"prompt": "a", "top_p": 7}])
        self.assertEqual(result.err.count("the first error line: line 2: prompt: found 7"), 1)
        for quiet in ([], ["--quiet"]):
            result, _ = self.run_lines([{"prompt": 7}, {"messages": 7}], *quiet, expect=3)
            self.assertIn("the first error line: line 1: prompt: found 7", result.err)
            self.assertIn("no line was answered", result.err)
        self.run_lines([])

    def test_one_choice_or_expression_or_schema_holds_for_all_lines(self):
        lines = [{"prompt": "a"}, {"prompt": "a", "structured_outputs": {"choice": ["own"]}}]
        chat = {"custom_id": "c", "method": "POST", "url": "/v1/completions", "body": {
            "prompt": "a", "max_tokens": 3, "response_format": {"type": "text"}}}
        _, answers = self.run_lines(lines + [chat], "--choice", "yes, no", "--choice", "maybe")
        self.assertIn(answers[0]["outputs"][0]["text"], ("yes", "no", "maybe"))
        self.assertEqual(answers[1]["outputs"][0]["text"], "own")
        free = answers[2]["response"]["body"]["choices"][0]
        self.assertEqual(free["finish_reason"], "length")
        _, answers = self.run_lines(lines[:1], "--regex", "[0-9]{3}")
        self.assertRegex(answers[0]["outputs"][0]["text"], "^[0-9]{3}$")
        schema = {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"], "additionalProperties": False}
        wrapped = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
        for value in (schema, wrapped):
            path = self.write("schema.json", json.dumps(value))
            for given in (path, json.dumps(value)):
                _, answers = self.run_lines(lines[:1], "--response-format", given, "--max-tokens", 40)
                self.assertEqual(json.loads(answers[0]["outputs"][0]["text"]), {"a": 1})

    def test_constraints_that_cannot_be_read_are_usage(self):
        for options, told in (
                (["--regex", "a", "--choice", "b"], "--choice and --regex"), (["--choice", "a,,b"], "--choice is a,,b"),
                (["--response-format", "/no/such"], "--response-format is /no/such"),
                (["--response-format", "{"], "--response-format is not JSON"),
                (["--response-format", '{"type": "json_schema"}'], "--response-format.json_schema")):
            result = self.quire("run", "--model", "m", "-i", "i", "-o", "o", *options, expect=64)
            self.assertIn(told, result.err)

    def test_unknown_options_lead_to_the_help_of_their_command(self):
        known = ["run", "--model", "m", "-i", "i", "-o", "o"]
        for option, proposal in (
                ("--gpu", None), ("--device", None), ("--temprature", "--temperature"),
                ("--max-new-tokens", "--max-tokens")):
            result = self.quire(*known, option, "1", expect=64)
            self.assertIn(f"Unknown option '{option}'", result.err)
            self.assertIn("see quire run --help", result.err)
            if proposal:
                self.assertIn(f"did you mean '{proposal}'?", result.err)
            else:
                self.assertNotIn("did you mean", result.err.lower())
        self.assertIn("see quire bench --help", self.quire("bench", "--gpu", expect=64).err)
        self.assertIn("see quire --help", self.quire("answer", expect=64).err)

    def test_the_doctor_tells_of_this_machine_and_of_the_models_in_its_caches(self):
        environment = {"HF_HUB_CACHE": self.path("hf"), "MODELSCOPE_CACHE": self.path("scope"), "QUIRE_ISA": ""}
        os.makedirs(self.path("hf/models--Org--Name/snapshots/abc"))
        self.write("hf/models--Org--Name/snapshots/abc/model.safetensors", "12345")
        told = json.loads(self.quire("doctor", "--json", environment=environment).out)
        self.assertEqual(told["allowed_processors"], len(os.sched_getaffinity(0)))
        self.assertLessEqual(told["threads"], told["allowed_processors"])
        self.assertEqual(told["total_memory_bytes"], os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        self.assertEqual(told["instruction_set"], told["instruction_sets"][0])
        self.assertEqual([library["name"] for library in told["libraries"]][1:], ["zlib", "libzstd"])
        self.assertEqual(told["caches"], [
            {"hub": "huggingface", "folders": [self.path("hf")], "models": [{"name": "Org/Name", "bytes": 5}]},
            {"hub": "modelscope", "folders": [self.path("scope"), self.path("scope/hub")], "models": []}])
        text = self.quire("doctor", environment=environment).out
        self.assertIn("Org/Name, 5 bytes", text)
        for advice in told["advice"]:
            # What a busy machine says of its load changes from one minute to the next.
            if "busy" not in advice:
                self.assertIn("- " + advice, text)
        slow = self.quire("doctor", environment=environment | {"QUIRE_ISA": "scalar"}).out
        if len(told["instruction_sets"]) > 1:
            self.assertIn("QUIRE_ISA asks for scalar", slow)
        self.quire("doctor", environment=environment | {"QUIRE_ISA": "sse"}, expect=64)
        one = self.quire("doctor", "--json", environment=environment)
        self.assertEqual(one.out.count("\n"), 1)
        pinned = subprocess.run(
            ["taskset", "-c", str(min(os.sched_getaffinity(0))), QUIRE, "doctor", "--json"], capture_output=True,
            check=True)
        self.assertEqual(json.loads(pinned.stdout)["threads"], 1)
