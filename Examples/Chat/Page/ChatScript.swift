/// The script of both pages: sends what was typed, and shows the reply while it comes.
let chatScript = #"""
  const { reader, model } = document.body.dataset;
  const element = (id) => document.getElementById(id);
  const [messages, composer, input, send, stop] = ["messages", "composer", "prompt", "send", "stop"].map(element);
  const conversation = []; // What both sides have said, as the API wants it.
  let writing = null; // The AbortController of the reply that is being written.

  // Each reads a reply and shows the whole text so far, until the reply has ended or `signal` closes the stream.
  const readers = {
    async fetch(signal, show) {
      const response = await fetch("/v1/chat/completions", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ model, stream: true, messages: conversation }),
        signal,
      });
      if (!response.ok) throw new Error(await refusal(response));
      let text = "";
      for await (const data of events(response.body)) {
        if (data === "[DONE]") return;
        const { choices, error } = JSON.parse(data);
        if (error) throw new Error(error.message);
        text += choices[0]?.delta.content ?? "";
        show(text);
      }
      throw new Error("the reply broke off");
    },

    EventSource(signal, show) {
      const question = conversation.at(-1).content;
      return new Promise((resolve, reject) => {
        const source = new EventSource("/conversation?prompt=" + encodeURIComponent(question));
        const end = (settle, value) => {
          source.close();
          settle(value);
        };
        source.onmessage = ({ data }) => {
          if (data === "[DONE]") return end(resolve);
          show(JSON.parse(data).message.content.parts[0]);
        };
        source.onerror = () => end(reject, new Error("the connection was lost"));
        signal.onabort = () => end(reject, signal.reason);
      });
    },
  };

  // The data of each event in a response's body. This server ends each line with LF alone.
  async function* events(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let data = [];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith("data:")) {
          data.push(line.slice(5).replace(/^ /, ""));
        } else if (line === "" && data.length > 0) {
          yield data.join("\n");
          data = [];
        }
      }
    }
  }

  async function refusal(response) {
    const body = await response.json().catch(() => null);
    return body?.error?.message ?? `the server answered ${response.status}`;
  }

  // Adds a message to the page; what shows its text and its state.
  function bubble(role) {
    const article = document.createElement("article");
    article.className = role;
    const text = article.appendChild(document.createElement("p"));
    const state = article.appendChild(document.createElement("small"));
    messages.append(article);
    return {
      show(whole) {
        text.textContent = whole;
        article.scrollIntoView({ block: "end" });
      },
      is(name, words = "") {
        article.dataset.state = name;
        state.textContent = words;
        article.scrollIntoView({ block: "end" });
      },
    };
  }

  async function ask(question) {
    element("welcome")?.remove();
    bubble("user").show(question);
    conversation.push({ role: "user", content: question });
    const reply = bubble("assistant");
    let text = "";
    const wordCount = () => {
      const count = text.split(/\s+/).filter(Boolean).length;
      return count === 1 ? "1 word" : `${count} words`;
    };
    writing = new AbortController();
    send.hidden = true;
    stop.hidden = false;
    reply.is("writing", "writing…");
    try {
      await readers[reader](writing.signal, (whole) => reply.show(text = whole));
      reply.is("finished", wordCount());
    } catch (error) {
      if (writing.signal.aborted) {
        reply.is("stopped", `stopped after ${wordCount()}`);
      } else {
        reply.is("failed", error.message);
      }
    }
    writing = null;
    if (text) {
      conversation.push({ role: "assistant", content: text });
    } else {
      conversation.pop(); // A question without an answer would stand before the next one.
    }
    stop.hidden = true;
    send.hidden = false;
    input.focus();
  }

  composer.onsubmit = (event) => {
    event.preventDefault();
    const question = input.value.trim();
    if (writing || !question) return;
    input.value = "";
    ask(question);
  };
  stop.onclick = () => writing?.abort();
  for (const button of document.querySelectorAll(".suggestions button")) {
    button.onclick = () => ask(button.textContent);
  }

  """#
