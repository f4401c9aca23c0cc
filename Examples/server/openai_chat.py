#!/usr/bin/env python3
"""Two turns by the openai package, streamed; the server is any that speaks as OpenAI's do.

    OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=none Examples/server/openai_chat.py
"""
import openai

client = openai.OpenAI()
model = next(iter(client.models.list())).id
messages = []
for question in ("What is the capital of France?", "And of Italy?"):
    messages.append({"role": "user", "content": question})
    stream = client.chat.completions.create(
        model=model, messages=messages, max_tokens=32, temperature=0, stream=True, stream_options={"include_usage": True})
    answer, usage = "", None
    for part in stream:
        usage = part.usage or usage
        for choice in part.choices:
            answer += choice.delta.content or ""
            print(choice.delta.content or "", end="", flush=True)
    print(f"\n({usage.prompt_tokens} + {usage.completion_tokens} tokens)")
    messages.append({"role": "assistant", "content": answer})
