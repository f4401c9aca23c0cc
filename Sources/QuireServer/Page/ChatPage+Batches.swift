extension ChatPage {
  /// A program of JavaScript: the progress of batch jobs.
  static let batches = #"""
    // The batch jobs of the server, where it has a folder for them.
    import { headers, request } from "./stream.js";

    const ended = ["completed", "failed", "cancelled", "expired"];
    const shownLimit = 20;

    // Shows the jobs in a list, and keeps them up to date while the page is seen.
    export class Jobs {
      #timer = 0;
      #isAsking = false;

      // key: gives the API key; save: takes a name and a Blob; tell: takes a sentence on what went wrong.
      constructor(section, list, { key, save, tell }) {
        Object.assign(this, { section, list, key, save, tell });
        document.addEventListener("visibilitychange", () => this.refresh());
      }

      // Asks for the jobs now, and again in a while.
      async refresh() {
        clearTimeout(this.#timer);
        if (document.hidden || this.#isAsking) return;
        this.#isAsking = true;
        let seconds = 60;
        try {
          const response = await request(`v1/batches?limit=${shownLimit}`, { headers: headers(this.key()) });
          const jobs = (await response.json()).data;
          this.show(jobs);
          seconds = jobs.some((job) => !ended.includes(job.status)) ? 3 : 20;
        } catch (error) {
          this.section.hidden = true;
          // A server without such jobs has nothing to ask for; one that wants a key is asked when it has one.
          if (error.status === 404 || error.status === 405 || error.status === 401) seconds = 0;
        } finally {
          this.#isAsking = false;
        }
        if (seconds > 0) this.#timer = setTimeout(() => this.refresh(), 1000 * seconds);
      }

      show(jobs) {
        this.section.hidden = jobs.length === 0;
        const old = new Map([...this.list.children].map((row) => [row.dataset.id, row]));
        const rows = jobs.map((job) => old.get(job.id) ?? this.#row(job.id));
        // A row that stays in its place keeps the focus of the button in it.
        if (rows.some((row, index) => this.list.children[index] !== row) || rows.length !== old.size) {
          this.list.replaceChildren(...rows);
        }
        jobs.forEach((job, index) => this.#fill(rows[index], job));
      }

      #row(id) {
        const row = document.createElement("li");
        row.dataset.id = id;
        const name = row.appendChild(document.createElement("code"));
        name.textContent = id;
        const progress = row.appendChild(document.createElement("progress"));
        progress.setAttribute("aria-label", `progress of ${id}`);
        row.appendChild(document.createElement("span"));
        for (const kind of ["output", "errors"]) {
          const button = row.appendChild(document.createElement("button"));
          button.type = "button";
          button.textContent = `Save ${kind}`;
          button.setAttribute("aria-label", `Save ${kind} of ${id}`);
        }
        return row;
      }

      #fill(row, job) {
        const { total = 0, completed = 0, failed = 0 } = job.request_counts ?? {};
        const [, progress, words, output, errors] = row.children;
        progress.max = Math.max(1, total);
        progress.value = completed + failed;
        const faults = failed > 0 ? `, ${failed} failed` : "";
        const problem = job.errors?.data?.[0]?.message;
        const why = problem ? ` (${problem})` : "";
        const said = `${job.status.replaceAll("_", " ")}: ${completed + failed} of ${total}${faults}${why}`;
        if (words.textContent !== said) words.textContent = said;
        this.#offer(output, job.output_file_id, `${job.id}.jsonl`);
        this.#offer(errors, job.error_file_id, `${job.id}.errors.jsonl`);
      }

      // A button that saves a file of the server under a name, where there is such a file.
      #offer(button, file, name) {
        button.hidden = !file;
        button.onclick = async () => {
          try {
            const response = await request(`v1/files/${encodeURIComponent(file)}/content`, { headers: headers(this.key()) });
            this.save(name, await response.blob());
          } catch (error) {
            this.tell(`the file cannot be read: ${error.message}`);
          }
        };
      }
    }

    """#
}
