/// The page of `--timeline`: HTML, style and program, part of this program so that it needs no file beside it. It is text
/// in Swift files because the compiler takes seven seconds for the arrays of bytes that SwiftPM makes of resources.
enum TimelinePage {
  /// All that stands before the run's rows.
  static let top = """
    \(head)
    <style>
    \(style)
    </style>
    </head>
    \(body)
    <script>
    "use strict";
    \(reader)
    \(view)

    \(counters)
    \(controls)
    </script>
    <script type="text/plain" id="run">

    """

  /// The start of the page.
  static let head = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Quire run</title>
    """#

  /// What the program fills in.
  static let body = #"""
    <body>
    <header>
    <div class="title"><h1>Quire run</h1><p id="facts"></p></div>
    <dl id="tiles"></dl>
    </header>
    <section class="tools">
    <ul class="legend">
    <li><i class="prefill"></i>prefill</li>
    <li><i class="recompute"></i>computed again</li>
    <li><i class="decode"></i>decode</li>
    <li><i class="preempted"></i>preempted</li>
    <li><i class="dropped"></i>dropped</li>
    </ul>
    <input id="find" type="search" placeholder="find a line" aria-label="find a line by its id" title="enter: the next one; shift + enter: the one before">
    <output id="found" for="find"></output>
    <span class="buttons">
    <button id="out" type="button" title="zoom out (-)">&minus;</button>
    <button id="in" type="button" title="zoom in (+)">+</button>
    <button id="whole" type="button" title="the whole run (0)">whole run</button>
    </span>
    </section>
    <main id="charts">
    <canvas id="overview" aria-label="the whole run; drag to choose what is shown"></canvas>
    <canvas id="bars" aria-label="sequences as bars, a row for each that runs at a time"></canvas>
    <canvas id="counters" aria-label="batch size and block use over time"></canvas>
    <div id="tip" role="status" hidden></div>
    </main>
    <footer>
    <div id="phases"></div>
    <p id="notes"></p>
    <p class="help">wheel: zoom &middot; drag: move &middot; shift + wheel: rows &middot; click: mark a line &middot; double click or 0: whole run</p>
    </footer>
    <noscript><p>This page draws the run with its own JavaScript, which is switched off.</p></noscript>
    """#
}
