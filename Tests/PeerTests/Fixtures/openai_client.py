"""Asks a server with OpenAI's own SDK: openai_client.py BASE_URL MODE. Prints one line of JSON."""
import asyncio
import json
import sys
import time

import openai

base_url, mode = sys.argv[1:]
settings = {"base_url": base_url, "api_key": "none", "max_retries": 0, "timeout": 20}
question = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


def show(**facts):
    print(json.dumps(facts), flush=True)


class Seen:
    """What a stream's chunks hold."""

    def __init__(self):
        self.pieces, self.reasons, self.usage = [], [], None

    def add(self, chunk):
        self.usage = chunk.usage or self.usage
        for choice in chunk.choices:
            if choice.delta.content:
                self.pieces.append(choice.delta.content)
            if choice.finish_reason:
                self.reasons.append(choice.finish_reason)

    def show(self):
        show(pieces=self.pieces, reasons=self.reasons, usage=self.usage.total_tokens)


def stream():
    seen = Seen()
    with openai.OpenAI(**settings) as client:
        for chunk in client.chat.completions.create(**question, stream=True, stream_options={"include_usage": True}):
            seen.add(chunk)
    seen.show()


async def stream_async():
    seen = Seen()
    async with openai.AsyncOpenAI(**settings) as client:
        options = {"stream": True, "stream_options": {"include_usage": True}}
        async for chunk in await client.chat.completions.create(**question, **options):
            seen.add(chunk)
    seen.show()


def stop():
    """Reads two pieces and closes; the process stays, so that its end is not what the server sees."""
    question["messages"][0]["content"] = "Tell me more"
    with openai.OpenAI(**settings) as client:
        with client.chat.completions.create(**question, stream=True) as chunks:
            seen = Seen()
            for chunk in chunks:
                seen.add(chunk)
                if len(seen.pieces) == 2:
                    break
        show(pieces=seen.pieces)
        time.sleep(60)


def whole():
    with openai.OpenAI(**settings) as client:
        completion = client.chat.completions.create(**question)
    choice = completion.choices[0]
    show(pieces=[choice.message.content], reasons=[choice.finish_reason], usage=completion.usage.total_tokens)


def error():
    with openai.OpenAI(**settings) as client:
        try:
            client.chat.completions.create(model="m", messages=[], stream=True)
        except openai.BadRequestError as refusal:
            show(status=refusal.status_code, message=refusal.body["message"], type=refusal.type)


def cut():
    """A stream that breaks off is an error and not the end of an answer."""
    with openai.OpenAI(**settings) as client:
        try:
            for chunk in client.chat.completions.create(**question, stream=True):
                pass
            show(message="it ended normally")
        except Exception as failure:
            show(message=type(failure).__name__)


if mode == "stream_async":
    asyncio.run(stream_async())
else:
    {"stream": stream, "stop": stop, "whole": whole, "error": error, "cut": cut}[mode]()
