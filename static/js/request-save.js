// Saves a draft by itself about a second after the last key. What is typed is in
// this browser's storage first, and leaves it only when the server has it.
import { readContent } from "./request-content.js";

const PAUSE = 1000;
const RETRIES = [3000, 10000, 30000];

const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

// The token of a page grows old when its reader logs in anew elsewhere; the cookie does not.
export const post = async (form, url, body) => {
  const own = form.elements.csrfmiddlewaretoken;
  own.value = cookie("csrftoken") ?? own.value;
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": own.value },
    body: JSON.stringify(body),
  });
};

export class Saver {
  #timer = 0;
  #again = false;  // typed since the save under way began
  #tries = 0;
  #tried = [];  // sent without an answer: the server may have them

  // `show` has: reading(answer), saved(at), conflict(answer), trouble(words or "", whether to log in)
  constructor(form, keeper, show) {
    Object.assign(this, { form, keeper, show });
    this.dirty = false;  // there is something that the server does not have
    this.stopped = false;
    this.underWay = null;
    this.drafts = form.dataset.mode === "draft";
  }

  touched() {
    this.dirty = this.#again = true;
    this.keeper.keep();
    this.#later(PAUSE);
  }

  // the reader settles something first: nothing is saved by itself until then
  stop() {
    clearTimeout(this.#timer);
    this.stopped = this.dirty = true;
    this.keeper.keep();
  }

  #later(pause) {
    clearTimeout(this.#timer);
    if (!this.stopped) this.#timer = setTimeout(() => this.save(), pause);
  }

  save() {
    clearTimeout(this.#timer);
    if (!this.underWay && !this.stopped) this.underWay = this.#send().finally(() => {
      this.underWay = null;
      if (this.#again && !this.#tries) this.#later(PAUSE);
    });
    return this.underWay;
  }

  async #send() {
    const { version, base, token } = this.form.elements;
    const { autosave, create, check, pk } = this.form.dataset;
    const content = readContent(this.form);
    const body = { content, version: Number(version.value), base: base.value, token: token.value, pk, tried: this.#tried };
    this.#again = false;
    this.#tried = [...this.#tried, content].slice(-5);
    try {
      const response = await post(this.form, this.drafts ? autosave || create : check, body);
      if (response.status >= 500) throw new Error(`the portal answered with status ${response.status}`);
      await this.#answered(response, content);
    } catch (error) {
      this.#lost(error);
    }
  }

  async #answered(response, content) {
    const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
    const answer = isJson ? await response.json() : {};
    if (response.status === 409) {
      this.stop();
      return this.show.conflict(answer);
    }
    if (!response.ok || !isJson) {
      this.#tries = 1;
      this.#later(RETRIES[2]);
      return this.show.trouble(answer.error ?? "Not saved: the portal did not take it. What you typed is kept in this browser.", answer.login);
    }
    this.#tries = 0;
    this.#tried = [];
    this.show.trouble("");
    this.show.reading(answer);
    if (!this.drafts) return undefined;  // only read; a button saves it
    if (!this.form.dataset.pk) this.#created(answer);
    this.form.elements.version.value = answer.version;
    this.form.elements.base.value = JSON.stringify(answer.content ?? content);
    this.dirty = this.#again;
    if (this.dirty) this.keeper.keep();
    else this.keeper.forget();
    return this.show.saved(new Date());
  }

  // the first save made the draft: from now on this page is its page
  #created(answer) {
    this.keeper.forget();
    Object.assign(this.form.dataset, { pk: answer.pk, autosave: answer.autosave });
    this.form.setAttribute("action", answer.edit);  // form.action is a button
    history.replaceState(null, "", answer.edit);
  }

  #lost(error) {
    const pause = RETRIES[Math.min(this.#tries, RETRIES.length - 1)];
    this.#tries += 1;
    const why = error instanceof TypeError ? "the connection is lost" : error.message;
    this.show.trouble(`Not saved: ${why}. What you type is kept in this browser and saved as soon as the portal answers.`);
    this.#later(pause);
  }
}
