extension ChatPage {
  /// Colours for light and dark, and layouts for wide and narrow windows.
  static let style = #"""
    :root {
      color-scheme: light dark;
      --surface: light-dark(#f4f4f1, #121419);
      --card: light-dark(#ffffff, #1a1d24);
      --asked: light-dark(#e3ecf7, #22304a);
      --ink: light-dark(#1f2430, #e7e9ee);
      --muted: light-dark(#5a6270, #a3acba);
      --line: light-dark(#c4c8cf, #454c59);
      --edge: light-dark(#7d8592, #737d8d);
      --accent: light-dark(#1f5da6, #8db8f0);
      --on-accent: light-dark(#ffffff, #10131a);
      --problem: light-dark(#a4172f, #ff9dac);
      --code: light-dark(#eceef1, #0d0f13);
    }
    :root[data-theme="light"] { color-scheme: light; }
    :root[data-theme="dark"] { color-scheme: dark; }

    * { box-sizing: border-box; }
    [hidden] { display: none !important; }

    html, body { margin: 0; }
    body {
      display: flex;
      height: 100dvh;
      flex-direction: column;
      background: var(--surface);
      color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
      overflow-wrap: anywhere;
    }

    .unseen {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
      white-space: nowrap;
    }

    header, .row, .actions, nav { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
    header { padding: 8px 16px; border-bottom: 1px solid var(--line); background: var(--card); }
    h1 { margin: 0; font-size: 19px; letter-spacing: -0.01em; }
    h2 { margin: 0 0 4px; font-size: 15px; }
    .model { flex: 1; min-width: 0; }
    .model select { max-width: 100%; }

    button, .button, input, select, textarea {
      padding: 6px 12px;
      border: 1px solid var(--edge);
      border-radius: 8px;
      background: var(--card);
      color: var(--ink);
      font: inherit;
    }
    button, .button { flex: none; min-height: 36px; overflow-wrap: normal; cursor: pointer; }
    textarea { width: 100%; resize: vertical; }
    ::placeholder { color: var(--muted); opacity: 1; }
    :focus-visible, .button:focus-within { outline: 3px solid var(--accent); outline-offset: 1px; }

    #columns { display: flex; flex: 1; min-height: 0; }
    main { display: flex; flex: 1; flex-direction: column; min-width: 0; min-height: 0; }
    #conversation { flex: 1; min-height: 0; padding: 16px; overflow-y: auto; outline-offset: -3px; }
    #welcome { color: var(--muted); text-align: center; }
    #messages { max-width: 800px; margin: 0 auto; padding: 0; list-style: none; }
    #messages > li { margin: 0 0 14px; padding: 10px 14px; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
    #messages > li.user { margin-left: 12%; background: var(--asked); }
    .who { font-size: 13px; color: var(--muted); }
    .user .text, .plain { white-space: pre-wrap; }
    .text p, .text li { white-space: pre-line; }
    .text ul { list-style: disc; }
    .text > :first-child { margin-top: 0; }
    .text > :last-child { margin-bottom: 0; }
    .text h3, .text h4, .text h5, .text h6 { margin: 14px 0 4px; font-size: 16px; }
    .text h3 { font-size: 18px; }
    a { color: var(--accent); }
    code, pre { border-radius: 6px; background: var(--code); font: 14px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
    code { padding: 1px 4px; }
    pre { padding: 10px 12px; overflow-x: auto; }
    pre code { padding: 0; background: none; overflow-wrap: normal; }
    details { margin: 0 0 8px; color: var(--muted); }
    .actions { margin-top: 8px; color: var(--muted); font-size: 14px; }
    .actions button { min-height: 28px; padding: 1px 10px; font-size: 14px; }

    @media (prefers-reduced-motion: no-preference) {
      .streaming .text::after { content: "▍"; animation: blink 1s steps(2) infinite; }
      @keyframes blink { 50% { opacity: 0; } }
    }

    #composer { display: flex; align-items: flex-end; gap: 8px; width: 100%; max-width: 832px; margin: 0 auto; padding: 8px 16px 14px; }
    #text { max-height: 35vh; resize: none; }
    #send, #stop { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
    #problem { max-width: 800px; margin: 0 auto; padding: 0 16px; color: var(--problem); }
    #problem:not(:empty) { padding-block: 6px; }

    #settings { flex: 0 0 300px; padding: 12px 16px; overflow-y: auto; border-right: 1px solid var(--line); background: var(--card); }
    #settings section { margin-bottom: 18px; }
    #settings p { margin: 0 0 6px; color: var(--muted); font-size: 14px; }
    #settings label:not(.button) { display: block; font-size: 14px; }
    #fields { display: grid; grid-template-columns: 1fr 1fr; align-items: end; gap: 8px; }
    #fields .wide { grid-column: 1 / -1; }
    #fields input, #key { width: 100%; }
    .button { position: relative; display: inline-block; }

    #jobs { max-width: 832px; width: 100%; max-height: 30vh; margin: 0 auto; padding: 8px 16px; overflow-y: auto; border-top: 1px solid var(--line); }
    #job-list { margin: 0; padding: 0; list-style: none; }
    #job-list li { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; margin-bottom: 6px; font-size: 14px; }
    #job-list progress { flex: 1; min-width: 100px; accent-color: var(--accent); }

    @media (max-width: 700px) {
      header { padding: 6px 10px; }
      #columns { flex-direction: column; }
      #settings { flex: 0 1 auto; max-height: 65%; border-right: 0; border-bottom: 1px solid var(--line); }
      #conversation { padding: 10px; }
      #messages > li.user { margin-left: 6%; }
      #composer { padding: 6px 10px 10px; }
    }

    """#
}
