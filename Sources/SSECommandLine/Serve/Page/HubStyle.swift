/// The look of the hub's page: light or dark as the system is, from a telephone's width on.
let hubStyle = #"""
  :root {
    color-scheme: light dark;
    --paper: #f6f7f5; --card: #ffffff; --ink: #16201c; --faint: #5f6c66; --line: #dfe4e0; --accent: #0a8f6a;
    --on-accent: #ffffff; --failed: #b93422;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #0f1513; --card: #171f1c; --ink: #eaf1ee; --faint: #93a39c; --line: #28332f; --accent: #3ecf9f;
      --on-accent: #0f1513; --failed: #ff7a68;
    }
  }
  * { box-sizing: border-box; margin: 0; }
  [hidden] { display: none !important; }
  body {
    padding: clamp(1rem, 3vw, 2rem) clamp(1rem, 4vw, 3rem); display: grid; gap: 1.25rem;
    grid-template-columns: minmax(0, 1fr);
    background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
    font-variant-numeric: tabular-nums;
  }
  header, main, footer { width: 100%; max-width: 72rem; margin-inline: auto; }

  header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; }
  h1 { font-size: 1.4rem; font-weight: 600; letter-spacing: -.01em; }
  #state::before {
    content: ""; display: inline-block; width: .6rem; height: .6rem; margin-right: .4rem; border-radius: 50%;
    background: var(--faint);
  }
  #state { color: var(--faint); }
  #state[data-state="live"]::before { background: var(--accent); }
  #state[data-state="lost"] { color: var(--failed); }
  #state[data-state="lost"]::before { background: var(--failed); }
  dl { display: flex; flex-wrap: wrap; gap: .5rem clamp(1.1rem, 3vw, 2rem); margin-left: auto; }
  dl div { display: flex; flex-direction: column-reverse; }
  dt { color: var(--faint); font-size: .85rem; }
  dd { font-size: 1.5rem; font-weight: 600; line-height: 1.2; letter-spacing: -.02em; }

  main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem; }
  section {
    display: flex; flex-direction: column; gap: .75rem; min-width: 0; padding: 1rem 1.25rem 1.25rem;
    background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
  }
  .wide { grid-column: 1 / -1; }
  h2 { font-size: 1rem; font-weight: 600; }
  canvas { width: 100%; height: 11rem; flex-grow: 1; display: block; }

  .scroll { max-height: 19rem; overflow: auto; }
  .empty { color: var(--faint); }
  body:not([data-told]) .empty { display: none; }
  .scroll:has(tbody:empty), ol:empty, .scroll:has(tbody tr) + .empty, ol:not(:empty) + .empty { display: none; }
  table { width: 100%; border-collapse: collapse; font-size: .95rem; }
  th {
    position: sticky; top: 0; background: var(--card); color: var(--faint); font-size: .85rem; font-weight: 400;
  }
  th, td { padding: .35rem .75rem .35rem 0; text-align: right; white-space: nowrap; }
  th:first-child, td:first-child, .text { text-align: left; }
  td:last-child, th:last-child { padding-right: 0; }
  td.text { min-width: 7rem; white-space: normal; overflow-wrap: anywhere; }
  tbody tr { border-top: 1px solid var(--line); }
  td.behind { color: var(--failed); font-weight: 600; }

  @media (max-width: 30rem) {
    dl { width: 100%; margin-left: 0; justify-content: space-between; }
    table { font-size: .85rem; }
    th, td { padding-right: .5rem; }
    th { font-size: .8rem; }
    td.text { min-width: 5.5rem; }
  }

  ol { list-style: none; padding: 0; }
  li { padding: .45rem 0; border-top: 1px solid var(--line); }
  li:first-child { border-top: 0; }
  li small { display: flex; flex-wrap: wrap; gap: 0 .75rem; color: var(--faint); font-size: .85rem; }
  li b { color: var(--accent); font-weight: 600; }
  li pre { font: .9rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }

  form { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; align-items: center; }
  label { display: grid; gap: .2rem; color: var(--faint); font-size: .85rem; min-width: 0; }
  input, textarea {
    width: 100%; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--paper);
    color: var(--ink); font: 1rem/1.4 inherit; font-family: inherit; resize: vertical;
  }
  button {
    padding: .5rem 1.1rem; border: 0; border-radius: .6rem; background: var(--accent); color: var(--on-accent);
    font: inherit; font-weight: 600; cursor: pointer; justify-self: start;
  }
  button:hover { filter: brightness(1.08); }
  button:disabled { opacity: .5; cursor: default; }
  button.plain { padding: 0; text-align: left; background: none; color: var(--accent); }
  button.end { padding: .1rem .7rem; border: 1px solid var(--line); background: none; color: var(--failed); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  output { color: var(--faint); overflow-wrap: anywhere; min-width: 0; }
  output.failed, #token-refused { color: var(--failed); }

  dialog {
    margin: auto; max-width: 26rem; padding: 1.5rem; border: 1px solid var(--line); border-radius: 1rem;
    background: var(--card); color: var(--ink);
  }
  dialog::backdrop { background: #0008; }
  dialog form { grid-template-columns: 1fr; }
  footer { color: var(--faint); font-size: .9rem; }

  """#
