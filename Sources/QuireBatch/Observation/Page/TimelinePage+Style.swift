extension TimelinePage {
  /// How the page looks.
  static let style = #"""
    :root {
      --surface: #f4f4f1;
      --card: #ffffff;
      --ink: #1f2430;
      --muted: #6a7280;
      --grid: #e6e7ea;
      --line: #d4d7dc;
      --prefill: #e9a23b;
      --recompute: #cf6a32;
      --decode: #4d82c4;
      --decode-alt: #78a3d8;
      --preempted: #cc3d55;
      --dropped: #8b8f98;
      --blocks: #4f9a74;
      --waiting: #9673bd;
      --shade: rgba(60, 90, 140, 0.12);
    }

    @media (prefers-color-scheme: dark) {
      :root {
        --surface: #121419;
        --card: #1a1d24;
        --ink: #e7e9ee;
        --muted: #98a1b0;
        --grid: #272b34;
        --line: #363c48;
        --prefill: #e0a044;
        --recompute: #d77a45;
        --decode: #5a8fd6;
        --decode-alt: #3f6cab;
        --preempted: #ea6279;
        --dropped: #7b828f;
        --blocks: #62b189;
        --waiting: #a98ad2;
        --shade: rgba(140, 170, 230, 0.14);
      }
    }

    * { box-sizing: border-box; }

    html, body { height: 100%; margin: 0; }

    body {
      display: flex;
      flex-direction: column;
      gap: 10px;
      min-height: 560px;
      padding: 14px 18px 10px;
      background: var(--surface);
      color: var(--ink);
      font: 13px/1.4 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
    }

    header, .tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 22px; }
    header { justify-content: space-between; }
    h1 { margin: 0; font-size: 19px; font-weight: 650; letter-spacing: -0.01em; }
    p { margin: 0; color: var(--muted); }

    #tiles { display: flex; flex-wrap: wrap; gap: 6px; margin: 0; }
    #tiles div { padding: 5px 12px; border-radius: 8px; background: var(--card); border: 1px solid var(--grid); }
    #tiles dt { font-size: 11px; color: var(--muted); }
    #tiles dd { margin: 0; font-size: 15px; font-weight: 600; font-variant-numeric: tabular-nums; }

    .legend { display: flex; flex-wrap: wrap; gap: 4px 14px; margin: 0; padding: 0; list-style: none; color: var(--muted); }
    .legend i, #phases i { display: inline-block; width: 11px; height: 11px; margin-right: 5px; border-radius: 3px; vertical-align: -1px; }
    .prefill { background: var(--prefill); }
    .recompute { background: var(--recompute); }
    .decode { background: var(--decode); }
    .preempted { background: var(--preempted); }
    .dropped { background: var(--dropped); }

    input, button {
      padding: 3px 10px;
      border: 1px solid var(--line);
      border-radius: 7px;
      background: var(--card);
      color: inherit;
      font: inherit;
    }
    button { cursor: pointer; }
    #find { margin-left: auto; width: 170px; }
    #found { min-width: 60px; color: var(--muted); font-variant-numeric: tabular-nums; }
    .buttons { display: flex; gap: 4px; }

    #charts {
      position: relative;
      display: flex;
      flex: 1;
      flex-direction: column;
      min-height: 340px;
      overflow: hidden;
      border: 1px solid var(--grid);
      border-radius: 10px;
      background: var(--card);
    }
    canvas { display: block; width: 100%; touch-action: none; }
    #overview { height: 46px; border-bottom: 1px solid var(--grid); cursor: pointer; }
    #bars { flex: 1; min-height: 90px; cursor: grab; }
    #bars.dragged { cursor: grabbing; }
    #counters { height: 204px; border-top: 1px solid var(--grid); }

    #tip {
      position: absolute;
      z-index: 1;
      max-width: 340px;
      padding: 7px 10px;
      border: 1px solid var(--line);
      border-radius: 8px;
      background: var(--card);
      box-shadow: 0 4px 16px rgba(0, 0, 0, 0.18);
      font-variant-numeric: tabular-nums;
      pointer-events: none;
    }
    #tip b { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    #tip span { display: block; color: var(--muted); }

    footer { display: flex; flex-direction: column; gap: 5px; }
    .share { display: flex; height: 14px; overflow: hidden; border-radius: 5px; background: var(--grid); }
    .names { display: flex; flex-wrap: wrap; gap: 2px 16px; margin-top: 4px; color: var(--muted); font-variant-numeric: tabular-nums; }
    #notes:empty { display: none; }
    #notes { color: var(--preempted); }
    .help { font-size: 11px; }
    """#
}
