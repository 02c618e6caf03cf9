// Saves a form by itself about a second after the last key. What is typed is in
// this browser's storage first (keeper.js), and leaves it only when the server has
// it. A form says in a subclass where to, what, and what a good answer means.
const PAUSE = 1000;
const RETRIES = [3000, 10000, 30000];

const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

// The token of a page grows old when its reader logs in anew elsewhere; the cookie does not.
export const freshToken = (form) => {
  const own = form.elements.csrfmiddlewaretoken;
  own.value = cookie("csrftoken") ?? own.value;
  return own.value;
};

export const post = async (form, url, body) => fetch(url, {
  method: "POST",
  headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": freshToken(form) },
  body: JSON.stringify(body),
});

export class Saver {
  #timer = 0;
  #again = false;  // typed since the save under way began
  #tries = 0;

  // `show` has: saved(at), conflict(answer), trouble(words or "", whether to log in).
  // A subclass has: address(), body(), took(answer, sent) → whether the server keeps it now.
  constructor(form, keeper, show) {
    Object.assign(this, { form, keeper, show });
    this.dirty = false;  // there is something that the server does not have
    this.stopped = false;
    this.underWay = null;
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
    const sent = this.body();
    this.#again = false;
    try {
      const response = await post(this.form, this.address(), sent);
      if (response.status >= 500) throw new Error(`the portal answered with status ${response.status}`);
      await this.#answered(response, sent);
    } catch (error) {
      this.#lost(error);
    }
  }

  async #answered(response, sent) {
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
    this.show.trouble("");
    if (!this.took(answer, sent)) return undefined;  // only read; a button saves it
    this.dirty = this.#again;
    if (this.dirty) this.keeper.keep();
    else this.keeper.forget();
    return this.show.saved(new Date());
  }

  // A button waits for the save under way, as that brings a newer version; nothing leaves the page unsaid. Buttons that
  // `stays` names only save.
  guard(stays = () => false) {
    let leaving = false;
    this.form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (stays(event.submitter)) {
        event.preventDefault();
        this.save();
        return;
      }
      if (this.underWay) {
        event.preventDefault();
        this.underWay.then(() => { if (!this.stopped) this.form.requestSubmit(event.submitter); });
        return;
      }
      leaving = true;
      this.stop();
      this.keeper.keep(true);
    });
    window.addEventListener("beforeunload", (event) => { if (this.dirty && !leaving) event.preventDefault(); });
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    window.addEventListener("online", () => { if (this.dirty) this.save(); });
    document.addEventListener("visibilitychange", () => { if (this.dirty) this.save(); });
  }

  #lost(error) {
    const pause = RETRIES[Math.min(this.#tries, RETRIES.length - 1)];
    this.#tries += 1;
    const why = error instanceof TypeError ? "the connection is lost" : error.message;
    this.show.trouble(`Not saved: ${why}. What you type is kept in this browser and saved as soon as the portal answers.`);
    this.#later(pause);
  }
}
