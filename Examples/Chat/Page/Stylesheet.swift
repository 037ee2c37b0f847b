/// The look of both pages: light or dark as the system is, from a telephone's width on.
let stylesheet = #"""
  :root {
    color-scheme: light dark;
    --paper: #f6f7f5; --card: #ffffff; --ink: #16201c; --faint: #66736d; --line: #dfe4e0; --accent: #0a8f6a;
    --on-accent: #ffffff; --failed: #c53929;
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
    height: 100vh; height: 100dvh; padding: clamp(1rem, 3vw, 2rem) clamp(1rem, 4vw, 3rem);
    display: grid; grid-template-rows: auto 1fr auto auto; gap: 1rem;
    background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif;
  }
  header, main, form, footer { width: 100%; max-width: 48rem; margin-inline: auto; }

  header { display: flex; flex-wrap: wrap; gap: .75rem 2rem; align-items: center; justify-content: space-between; }
  h1 { font-size: 1.25rem; font-weight: 600; letter-spacing: -.01em; }
  nav { display: flex; padding: .2rem; gap: .2rem; border: 1px solid var(--line); border-radius: .7rem; }
  nav a { padding: .25rem .8rem; border-radius: .5rem; color: var(--faint); text-decoration: none; }
  nav a:hover { color: var(--ink); }
  nav a[aria-current] { background: var(--card); color: var(--ink); box-shadow: 0 0 0 1px var(--line); }

  main { display: flex; flex-direction: column; gap: 1.25rem; min-height: 0; overflow-y: auto; padding: .5rem 0; }
  #welcome { margin: auto; max-width: 30rem; text-align: center; display: grid; gap: .75rem; color: var(--faint); }
  #welcome h2 { color: var(--ink); font-size: clamp(1.8rem, 6vw, 2.6rem); font-weight: 300; letter-spacing: -.02em; }
  .suggestions { display: flex; flex-wrap: wrap; gap: .6rem; justify-content: center; margin-top: .5rem; }
  .suggestions button { background: var(--card); color: var(--ink); border: 1px solid var(--line); font-weight: 400; }

  article { max-width: min(85%, 38rem); scroll-margin-bottom: .5rem; }
  article p { white-space: pre-wrap; overflow-wrap: anywhere; }
  article small { color: var(--faint); font-variant-numeric: tabular-nums; }
  .user { align-self: flex-end; }
  .user p {
    padding: .6rem 1rem; border-radius: 1.1rem 1.1rem .3rem 1.1rem; background: var(--accent); color: var(--on-accent);
  }
  .user small { display: none; }
  .assistant { align-self: flex-start; display: grid; gap: .3rem; }
  .assistant p {
    padding: .7rem 1.1rem; border-radius: 1.1rem 1.1rem 1.1rem .3rem; background: var(--card);
    border: 1px solid var(--line); min-height: 3rem; min-width: 4rem;
  }
  .assistant small { padding-inline: .4rem; }
  .assistant[data-state="writing"] p::after {
    content: ""; display: inline-block; width: .5rem; height: 1.05rem; margin-left: .25rem; border-radius: .15rem;
    background: var(--accent); vertical-align: text-bottom; animation: blink 1s steps(2) infinite;
  }
  .assistant[data-state="failed"] small { color: var(--failed); }
  @keyframes blink { 50% { opacity: .15; } }
  @media (prefers-reduced-motion: reduce) { .assistant p::after { animation: none !important; } }

  form {
    display: flex; gap: .5rem; padding: .45rem; background: var(--card); border: 1px solid var(--line);
    border-radius: 1.1rem; box-shadow: 0 1px 2px #0000000a, 0 12px 32px -16px #00000026;
  }
  form:focus-within { border-color: var(--accent); }
  input {
    flex: 1; min-width: 0; padding: .5rem .8rem; border: 0; outline: 0; background: none; color: inherit; font: inherit;
  }
  input::placeholder { color: var(--faint); }
  button {
    padding: .55rem 1.2rem; border: 0; border-radius: .7rem; background: var(--accent); color: var(--on-accent);
    font: inherit; font-weight: 600; cursor: pointer;
  }
  #stop { background: var(--ink); color: var(--paper); }
  button:hover { filter: brightness(1.08); }
  button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }

  footer { color: var(--faint); font-size: .9rem; text-align: center; }
  code { font-family: ui-monospace, monospace; }

  """#
