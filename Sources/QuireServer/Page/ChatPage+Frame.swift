extension ChatPage {
  /// The document: landmarks, controls and labels, which `main.js` brings to life.
  static let frame = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    <title>Quire</title>
    <link rel="icon" href="page/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="page/page.css">
    <script type="module" src="page/main.js"></script>
    </head>
    <body>
    <header>
    <h1>Quire</h1>
    <label class="model"><span class="unseen">Model</span><select id="model" autocomplete="off"></select></label>
    <nav aria-label="Conversation and settings">
    <button id="new" type="button">New</button>
    <button id="settings-button" type="button" aria-expanded="false" aria-controls="settings">Settings</button>
    </nav>
    </header>
    <div id="columns">
    <aside id="settings" aria-label="Settings" hidden>
    <form id="sampling" autocomplete="off">
    <section aria-labelledby="h-system">
    <h2 id="h-system">Instructions</h2>
    <label for="system">System text</label>
    <textarea id="system" rows="3" placeholder="as the model has it"></textarea>
    </section>
    <section aria-labelledby="h-sampling">
    <h2 id="h-sampling">Sampling</h2>
    <p>What is left empty is as the server has it.</p>
    <div id="fields"></div>
    </section>
    <section aria-labelledby="h-access">
    <h2 id="h-access">Access</h2>
    <label for="key">API key</label>
    <input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-help">
    <p id="key-help">Kept in this page's memory until it is closed or loaded anew.</p>
    </section>
    </form>
    <section aria-labelledby="h-history">
    <h2 id="h-history">History</h2>
    <p>The page stores nothing: what is to stay has to be exported.</p>
    <div class="row">
    <button id="export-messages" type="button">Export messages</button>
    <button id="export-pairs" type="button">Export pairs</button>
    <label class="button"><input id="import" class="unseen" type="file" accept="application/json,.json">Import</label>
    </div>
    </section>
    <section aria-labelledby="h-look">
    <h2 id="h-look">Appearance</h2>
    <label for="theme">Colours</label>
    <select id="theme" autocomplete="off">
    <option value="">as the system</option>
    <option value="light">light</option>
    <option value="dark">dark</option>
    </select>
    </section>
    </aside>
    <main>
    <section id="conversation" aria-label="Conversation" tabindex="0">
    <p id="welcome">Ask something. Enter sends, Shift and Enter begin a new line, Escape stops an answer.</p>
    <ol id="messages"></ol>
    </section>
    <section id="jobs" aria-labelledby="h-jobs" tabindex="0" hidden>
    <h2 id="h-jobs">Batch jobs</h2>
    <ul id="job-list"></ul>
    </section>
    <div id="problem" role="alert"></div>
    <p id="status" class="unseen" role="status" aria-live="polite"></p>
    <form id="composer">
    <label for="text" class="unseen">Message</label>
    <textarea id="text" rows="1" autocomplete="off" placeholder="Message" enterkeyhint="send"></textarea>
    <button id="send" type="submit">Send</button>
    <button id="stop" type="button" hidden>Stop</button>
    </form>
    </main>
    </div>
    <noscript><p>This page speaks with the server by its own JavaScript, which is switched off.</p></noscript>
    </body>
    </html>

    """#
}
