/// The look of all pages: light or dark as the system is, from a telephone's width on.
let stylesheet = #"""
  :root {
    color-scheme: light dark;
    --paper: #f6f7f5; --card: #ffffff; --ink: #16201c; --faint: #66736d; --line: #dfe4e0; --accent: #0a8f6a;
    --open: #0a8f6a; --waiting: #b87a00; --lost: #c53929; --closed: #7b8781;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #0f1513; --card: #171f1c; --ink: #eaf1ee; --faint: #93a39c; --line: #28332f; --accent: #3ecf9f;
      --open: #3ecf9f; --waiting: #f0b64a; --lost: #ff7a68; --closed: #8a9791;
    }
  }
  * { box-sizing: border-box; margin: 0; }
  body {
    min-height: 100vh; padding: clamp(1rem, 4vw, 3rem); display: grid; grid-template-rows: auto 1fr auto; gap: 2rem;
    background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  }
  header, main, footer { width: 100%; max-width: 56rem; margin-inline: auto; }

  header { display: flex; flex-wrap: wrap; gap: .75rem 2rem; align-items: center; justify-content: space-between; }
  h1 { font-size: 1.25rem; font-weight: 600; letter-spacing: -.01em; }
  nav { display: flex; padding: .2rem; gap: .2rem; border: 1px solid var(--line); border-radius: .7rem; }
  nav a { padding: .25rem .8rem; border-radius: .5rem; color: var(--faint); text-decoration: none; }
  nav a:hover { color: var(--ink); }
  nav a[aria-current] { background: var(--card); color: var(--ink); box-shadow: 0 0 0 1px var(--line); }

  main { align-self: center; display: grid; gap: 1.5rem; justify-items: center; }
  #clock {
    width: 100%; min-height: clamp(15rem, 40vw, 21rem); padding: clamp(1.25rem, 4vw, 2rem);
    display: grid; grid-template-rows: auto 1fr; justify-items: center; align-items: center;
    background: var(--card); border: 1px solid var(--line); border-radius: 1.25rem;
    box-shadow: 0 1px 2px #0000000a, 0 12px 32px -16px #00000026;
  }

  .connection {
    display: flex; align-items: center; gap: .55rem; justify-self: end; color: var(--state); font-weight: 500;
  }
  .connection::before { content: ""; width: .6rem; height: .6rem; border-radius: 50%; background: currentColor; }
  .connection[data-state="connecting"] { --state: var(--waiting); }
  .connection[data-state="open"] { --state: var(--open); }
  .connection[data-state="closed"] { --state: var(--closed); }
  .connection[data-state="lost"] { --state: var(--lost); }
  .connection[data-state="open"]::before { animation: pulse 2s ease-out infinite; }
  @keyframes pulse {
    from { box-shadow: 0 0 0 0 var(--state); }
    to { box-shadow: 0 0 0 .6rem transparent; }
  }
  @media (prefers-reduced-motion: reduce) { .connection::before { animation: none !important; } }

  .reading { text-align: center; }
  .label, .date { color: var(--faint); font-size: clamp(1rem, 2.6vw, 1.35rem); font-variant-numeric: tabular-nums; }
  .figures {
    display: block; font-size: clamp(3.2rem, 15vw, 8.5rem); font-weight: 200; line-height: 1.15; letter-spacing: -.02em;
    font-variant-numeric: tabular-nums;
  }

  button {
    padding: .7rem 1.6rem; border: 0; border-radius: .7rem; background: var(--accent); color: var(--card);
    font: inherit; font-weight: 600; cursor: pointer;
  }
  button:hover { filter: brightness(1.08); }
  button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }

  .hint { align-self: end; }
  pre { width: 100%; max-width: 34rem; margin-top: .75rem; padding: .9rem 1.1rem; border-radius: .7rem;
        background: var(--paper); overflow-x: auto; }
  footer { color: var(--faint); font-size: .9rem; }
  footer a { color: inherit; }
  code, pre { font-family: ui-monospace, monospace; }

  """#
