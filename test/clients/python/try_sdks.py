"""Calls a gateway as the SDKs and LangChain do; prints one line of JSON for each thing that was tried."""

import io
import json
import os
import sys
import wave

import anthropic
import openai
import pydantic
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

HOST = os.environ["WAGGLE_HOST"]
TOKEN = os.environ["WAGGLE_TOKEN"]
HI = [{"role": "user", "content": "Hello"}]
PLACE = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
CHAT_TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": PLACE, "strict": True}}]
RESPONSE_TOOLS = [{"type": "function", "name": "weather", "parameters": PLACE, "strict": True}]
MESSAGE_TOOLS = [{"name": "weather", "input_schema": PLACE}]


class Answer(pydantic.BaseModel):
    city: str
    count: int
    tags: list[str]


@tool
def weather(city: str) -> str:
    """Tells the weather."""
    return f"sunny in {city}"


def strict_openai() -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{HOST}/v1", api_key=TOKEN, max_retries=0, _strict_response_validation=True
    )


def openai_calls(model: str):
    client = strict_openai()

    def chat():
        answer = client.chat.completions.create(model=model, messages=HI)
        assert answer.choices[0].message.content and answer.usage.total_tokens

    def stream():
        text, usage = "", None
        options = {"include_usage": True}
        for chunk in client.chat.completions.create(model=model, messages=HI, stream=True, stream_options=options):
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
            usage = chunk.usage or usage
        assert text and usage.total_tokens

    def tools():
        with client.chat.completions.stream(model=model, messages=HI, tools=CHAT_TOOLS) as events:
            for _ in events:
                pass
            said = events.get_final_completion().choices[0].message
        results = [{"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in said.tool_calls]
        turn = {"role": "assistant", "tool_calls": [call.model_dump(exclude={"function": {"parsed_arguments"}}) for call in said.tool_calls]}
        answer = client.chat.completions.create(model=model, messages=[*HI, turn, *results], tools=CHAT_TOOLS)
        assert answer.choices[0].finish_reason == "stop"

    def structured():
        answer = client.chat.completions.parse(model=model, messages=HI, response_format=Answer)
        assert isinstance(answer.choices[0].message.parsed, Answer)

    def responses():
        with client.responses.stream(model=model, input=HI, tools=RESPONSE_TOOLS) as events:
            kinds = [event.type for event in events]
            output = events.get_final_response().output
        assert kinds[0] == "response.created" and kinds[-1] == "response.completed"
        calls = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in output]
        results = [
            {"type": "function_call_output", "call_id": item.call_id, "output": "sunny"}
            for item in output
            if item.type == "function_call"
        ]
        assert client.responses.create(model=model, input=[*HI, *calls, *results], tools=RESPONSE_TOOLS).output_text
        assert isinstance(client.responses.parse(model=model, input=HI, text_format=Answer).output_parsed, Answer)

    def errors():
        try:
            client.chat.completions.create(model="nobody", messages=HI)
        except openai.NotFoundError as error:
            assert error.code == "model_not_found" and error.request_id
        else:
            raise AssertionError("no error")

    return [chat, stream, tools, structured, responses, errors]


def anthropic_calls(model: str):
    client = anthropic.Anthropic(
        base_url=HOST, auth_token=TOKEN, api_key=None, max_retries=0, _strict_response_validation=True
    )

    def message():
        answer = client.messages.create(model=model, max_tokens=100, messages=HI)
        assert answer.content[0].text and answer.usage.output_tokens

    def stream():
        thinking = {"type": "enabled", "budget_tokens": 1024}
        with client.messages.stream(model=model, max_tokens=3000, thinking=thinking, messages=HI) as events:
            assert "".join(events.text_stream)
            assert events.get_final_message().usage.output_tokens

    def tools():
        first = client.messages.create(model=model, max_tokens=100, messages=HI, tools=MESSAGE_TOOLS)
        turn = {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]}
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": "sunny"}
            for block in first.content
            if block.type == "tool_use"
        ]
        messages = [*HI, turn, {"role": "user", "content": results}]
        assert client.messages.create(model=model, max_tokens=100, messages=messages, tools=MESSAGE_TOOLS).content[0].text

    def structured():
        answer = client.messages.parse(model=model, max_tokens=100, messages=HI, output_format=Answer)
        assert isinstance(answer.parsed_output, Answer)

    def count():
        assert client.messages.count_tokens(model=model, messages=HI).input_tokens > 0

    def models():
        assert model in [entry.id for entry in client.models.list()]

    def errors():
        try:
            client.messages.create(model="nobody", max_tokens=5, messages=HI)
        except anthropic.NotFoundError as error:
            assert error.request_id
        else:
            raise AssertionError("no error")

    return [message, stream, tools, structured, count, models, errors]


def langchain_calls(model: str):
    chat = ChatOpenAI(model=model, base_url=f"{HOST}/v1", api_key=TOKEN, max_retries=0)

    def invoke():
        answer = chat.invoke("Hello")
        assert answer.text and answer.usage_metadata["total_tokens"]

    def stream():
        assert "".join(chunk.text for chunk in chat.stream("Hello"))

    def tools():
        assert chat.bind_tools([weather]).invoke("Hello").tool_calls[0]["name"] == "weather"

    def structured():
        assert isinstance(chat.with_structured_output(Answer).invoke("Hello"), Answer)

    def responses():
        assert ChatOpenAI(model=model, base_url=f"{HOST}/v1", api_key=TOKEN, use_responses_api=True).invoke("Hello").text

    return [invoke, stream, tools, structured, responses]


def media_calls(models: dict[str, str]):
    client = strict_openai()
    loose = openai.OpenAI(base_url=f"{HOST}/v1", api_key=TOKEN, max_retries=0)  # base64 is no list of numbers

    def embeddings():
        assert any(loose.embeddings.create(model=models["embeddings"], input=["a", "b"]).data[1].embedding)
        floats = client.embeddings.create(model=models["embeddings"], input="a", encoding_format="float")
        assert any(floats.data[0].embedding)
        vectors = OpenAIEmbeddings(
            model=models["embeddings"], base_url=f"{HOST}/v1", api_key=TOKEN, check_embedding_ctx_length=False
        )
        assert any(vectors.embed_query("a"))

    def transcription():
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setparams((1, 2, 8000, 8000, "NONE", ""))
            file.writeframes(bytes(16000))
        upload = ("a.wav", sound.getvalue())
        create = client.audio.transcriptions.create
        assert create(model=models["transcription"], file=upload).text
        assert "-->" in create(model=models["transcription"], file=upload, response_format="srt")
        assert [event.type for event in create(model=models["transcription"], file=upload, stream=True)][-1] == "transcript.text.done"

    def speech():
        assert client.audio.speech.create(model=models["speech"], voice="alloy", input="Hello").read()

    def images():
        assert client.images.generate(model=models["image"], prompt="A bee").data[0].b64_json

    def moderation():
        assert client.moderations.create(model=models["moderation"], input="bee").results[0].flagged is False

    return [embeddings, transcription, speech, images, moderation]


def run(client: str, on: str, calls) -> bool:
    fine = True
    for call in calls:
        problem = None
        try:
            call()
        except Exception as error:  # whatever it is, it goes on the table
            problem = f"{type(error).__name__}: {error} {error.__cause__ or ''}"[:600]
            fine = False
        print(json.dumps({"client": client, "lane": on, "scenario": call.__name__, "problem": problem}), flush=True)
    return fine


def main() -> int:
    routes = json.loads(os.environ["WAGGLE_ROUTES"])
    fine = [run("python media", "same", media_calls(routes["media"]))]
    for driver, model in routes["chat"].items():
        fine.append(run("python openai", driver, openai_calls(model)))
        fine.append(run("python anthropic", driver, anthropic_calls(model)))
        fine.append(run("python langchain", driver, langchain_calls(model)))
    return 0 if all(fine) else 1


sys.exit(main())
