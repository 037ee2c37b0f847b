/// The script of the hub's page: shows what the hub tells once a second, publishes, and ends connections.
let hubScript = #"""
  import { Plot } from "./plot.js";

  const mostEvents = 50; // As many as the hub remembers.
  const tokenKey = "sse-hub-token";
  const element = (id) => document.getElementById(id);
  const count = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
  const plot = new Plot(element("plot"));
  let token = sessionStorage.getItem(tokenKey) ?? "";
  let lastEvent = 0; // The number of the newest one in the list.
  let run = null; // Which start of the hub tells.
  let before = null; // The status before this one, from which rates follow.

  // --- Asking the hub ---------------------------------------------------------------------------------------------

  // The answer to a request with this page's token; what the hub refuses is thrown, in its words.
  async function ask(path, options = {}) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const response = await fetch(path, { ...options, headers });
    if (response.ok) return response;
    if (response.status === 401) await askForToken();
    const body = await response.json().catch(() => null);
    throw new Error(body?.error ?? `the hub answered ${response.status}`);
  }

  function askForToken() {
    const dialog = element("token-dialog");
    element("token-refused").hidden = !token;
    if (!dialog.open) dialog.showModal();
  }

  element("token-form").onsubmit = () => {
    token = element("token").value.trim();
    sessionStorage.setItem(tokenKey, token);
    element("token").value = "";
    connect();
  };

  // --- The hub's own stream ---------------------------------------------------------------------------------------

  let source = null;
  let waiting = 0; // The timer of the next attempt.

  // An EventSource does not tell why it was refused, so the hub is asked for something smaller first.
  async function connect() {
    clearTimeout(waiting);
    source?.close();
    try {
      const settings = await (await ask("hub/settings")).json();
      element("about").textContent = `Each topic holds its last ${count.format(settings.history)} events, `
        + `of up to ${count.format(settings.topics)} topics. sse ${settings.version}`;
    } catch (error) {
      return lost(error);
    }
    source = new EventSource("hub/status" + (token ? `?access_token=${encodeURIComponent(token)}` : ""));
    source.onopen = () => {
      before = null;
      showState("live", "live");
    };
    source.onmessage = ({ data }) => show(JSON.parse(data));
    source.onerror = () => {
      // It comes back by itself where the connection was lost, and not where it was refused.
      if (source.readyState === EventSource.CLOSED) lost(); else showState("lost", "reconnecting");
    };
  }

  function lost(error) {
    showState("lost", "not connected");
    element("state").title = error?.message ?? "";
    if (!element("token-dialog").open) waiting = setTimeout(connect, 3000);
  }

  function showState(name, words) {
    const state = element("state");
    state.dataset.state = name;
    state.title = "";
    if (state.textContent !== words) state.textContent = words;
  }

  // --- What it tells ----------------------------------------------------------------------------------------------

  function show(status) {
    if (status.run !== run) begin(status.run);
    const seconds = before ? status.time - before.time : 0;
    const rate = before && seconds > 0 ? Math.max(0, status.published - before.published) / seconds : null;
    const publishedBefore = new Map(before?.topics.map((topic) => [topic.name, topic.published]));
    before = status;

    if (rate !== null) plot.add(rate);
    element("rate").textContent = rate === null ? "–" : count.format(rate);
    element("readers").textContent = count.format(status.readers);
    element("connection-count").textContent = count.format(status.connectionCount);
    element("topic-count").textContent = count.format(status.topicCount);

    showRows(element("topics"), status.topics, (topic) => topic.name, topicRow, (row, topic) => {
      const published = topic.published - (publishedBefore.get(topic.name) ?? topic.published);
      const numbers = [topic.readers, seconds > 0 ? published / seconds : 0, topic.held];
      setTexts(row, 1, [...numbers.map((number) => count.format(number)), bytes(topic.bytes)]);
    });
    showMore("topics", status.topicCount - status.topics.length);
    showRows(element("connections"), status.connections, (one) => one.id, connectionRow, (row, one) => {
      const lag = one.lag === undefined ? "–" : count.format(one.lag);
      setTexts(row, 1, [one.reads, lag, count.format(one.events), age(one.seconds)]);
      row.cells[2].classList.toggle("behind", one.lag > 0);
    });
    showMore("connections", status.connectionCount - status.connections.length);
    for (const event of status.events) showEvent(event);
  }

  // Another hub than before: its numbers begin anew.
  function begin(number) {
    run = number;
    document.body.dataset.told = ""; // What is empty from now on is so in the hub.
    before = null;
    lastEvent = 0;
    element("events").replaceChildren();
  }

  // Rows that stay the same elements while what they show changes, so that a button does not go under the pointer.
  function showRows(body, items, key, make, update) {
    const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
    items.forEach((item, index) => {
      const name = String(key(item));
      let row = rows.get(name);
      rows.delete(name);
      if (!row) {
        row = make(item);
        row.dataset.key = name;
      }
      if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
      update(row, item);
    });
    for (const row of rows.values()) row.remove();
  }

  function showMore(id, more) {
    const title = element(`${id}-title`);
    title.dataset.name ??= title.textContent;
    title.textContent = title.dataset.name + (more > 0 ? ` (and ${count.format(more)} more)` : "");
  }

  function emptyRow(cells) {
    const row = document.createElement("tr");
    for (let index = 0; index < cells; index++) row.insertCell();
    return row;
  }

  function setTexts(row, first, texts) {
    texts.forEach((text, index) => {
      const cell = row.cells[first + index];
      if (cell.textContent !== text) cell.textContent = text;
    });
  }

  function topicRow({ name }) {
    const row = emptyRow(5);
    row.cells[0].className = "text";
    const button = row.cells[0].appendChild(document.createElement("button"));
    button.className = "plain";
    button.textContent = name;
    button.title = "Publish to this topic";
    button.onclick = () => {
      element("topic").value = name;
      element("data").focus();
    };
    return row;
  }

  function connectionRow(one) {
    const row = emptyRow(6);
    row.cells[0].textContent = one.address;
    row.cells[1].className = "text";
    const button = row.cells[5].appendChild(document.createElement("button"));
    button.className = "end";
    button.textContent = "End";
    button.setAttribute("aria-label", `End the connection of ${one.address}`);
    button.onclick = async () => {
      button.disabled = true;
      try {
        await ask(`hub/connections/${one.id}`, { method: "DELETE" });
      } catch (error) {
        button.disabled = false;
        button.title = error.message;
      }
    };
    return row;
  }

  function showEvent(event) {
    if (event.number <= lastEvent) return; // A page that comes back may be told again.
    lastEvent = event.number;
    const list = element("events");
    const item = document.createElement("li");
    const line = item.appendChild(document.createElement("small"));
    const time = new Date(event.time).toLocaleTimeString();
    for (const [tag, text] of [["b", event.topic], ["span", event.type], ["span", event.id], ["span", time]]) {
      line.appendChild(document.createElement(tag)).textContent = text;
    }
    item.appendChild(document.createElement("pre")).textContent = event.data + (event.isWhole ? "" : "…");
    list.prepend(item);
    while (list.children.length > mostEvents) list.lastChild.remove();
  }

  function bytes(number) {
    const units = ["B", "kB", "MB", "GB"];
    let unit = 0;
    while (number >= 1000 && unit < units.length - 1) {
      number /= 1000;
      unit += 1;
    }
    return `${count.format(number)} ${units[unit]}`;
  }

  function age(seconds) {
    if (seconds === undefined) return "–";
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    return `${count.format(seconds / 3600)} h`;
  }

  // --- Publishing -------------------------------------------------------------------------------------------------

  element("publish").onsubmit = async (submission) => {
    submission.preventDefault();
    const query = new URLSearchParams({ topic: element("topic").value });
    if (element("type").value) query.set("type", element("type").value);
    const result = element("result");
    element("send").disabled = true;
    try {
      const response = await ask(`publish?${query}`, { method: "POST", body: element("data").value });
      result.textContent = `Published as ${(await response.json()).id}`;
      result.className = "";
      element("data").value = "";
    } catch (error) {
      result.textContent = error.message;
      result.className = "failed";
    }
    element("send").disabled = false;
  };

  connect();

  """#
