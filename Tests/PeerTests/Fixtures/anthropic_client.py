"""Asks a server with Anthropic's own SDK: anthropic_client.py BASE_URL MODE. Prints one line of JSON."""
import asyncio
import json
import sys
import time

import anthropic

base_url, mode = sys.argv[1:]
settings = {"base_url": base_url, "api_key": "none", "max_retries": 0, "timeout": 20}
question = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}


def show(**facts):
    print(json.dumps(facts), flush=True)


def facts(pieces, message):
    show(pieces=pieces, reasons=[message.stop_reason], usage=message.usage.input_tokens + message.usage.output_tokens)


def stream():
    with anthropic.Anthropic(**settings) as client, client.messages.stream(**question) as events:
        pieces = list(events.text_stream)
        message = events.get_final_message()
    assert message.content[0].text == "".join(pieces)
    facts(pieces, message)


async def stream_async():
    async with anthropic.AsyncAnthropic(**settings) as client:
        async with client.messages.stream(**question) as events:
            pieces = [piece async for piece in events.text_stream]
            facts(pieces, await events.get_final_message())


def stop():
    """Reads two pieces and closes; the process stays, so that its end is not what the server sees."""
    question["messages"][0]["content"] = "Tell me more"
    with anthropic.Anthropic(**settings) as client:
        pieces = []
        with client.messages.stream(**question) as events:
            for piece in events.text_stream:
                pieces.append(piece)
                if len(pieces) == 2:
                    break
        show(pieces=pieces)
        time.sleep(60)


def whole():
    with anthropic.Anthropic(**settings) as client:
        message = client.messages.create(**question)
    facts([message.content[0].text], message)


def error():
    with anthropic.Anthropic(**settings) as client:
        try:
            client.messages.create(model="m", max_tokens=100, messages=[])
        except anthropic.BadRequestError as refusal:
            inner = refusal.body["error"]
            show(status=refusal.status_code, message=inner["message"], type=inner["type"])


def cut():
    """A stream that breaks off is an error and not the end of an answer."""
    with anthropic.Anthropic(**settings) as client:
        try:
            with client.messages.stream(**question) as events:
                for _ in events.text_stream:
                    pass
            show(message="it ended normally")
        except Exception as failure:
            show(message=type(failure).__name__)


if mode == "stream_async":
    asyncio.run(stream_async())
else:
    {"stream": stream, "stop": stop, "whole": whole, "error": error, "cut": cut}[mode]()
