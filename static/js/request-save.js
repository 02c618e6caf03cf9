// Saves a request's draft by itself; one that was submitted is only read, a button
// saves it.
import { readContent } from "./request-content.js";
import { Saver as Base } from "./saver.js";

export { post } from "./saver.js";

export class Saver extends Base {
  #tried = [];  // sent without an answer: the server may have them

  // `show` has besides: reading(answer)
  constructor(form, keeper, show) {
    super(form, keeper, show);
    this.drafts = form.dataset.mode === "draft";
  }

  address() {
    const { autosave, create, check } = this.form.dataset;
    return this.drafts ? autosave || create : check;
  }

  body() {
    const { version, base, token } = this.form.elements;
    const content = readContent(this.form);
    const tried = this.#tried;
    this.#tried = [...tried, content].slice(-5);
    return { content, version: Number(version.value), base: base.value, token: token.value, pk: this.form.dataset.pk, tried };
  }

  took(answer, sent) {
    this.#tried = [];
    this.show.reading(answer);
    if (!this.drafts) return false;
    if (!this.form.dataset.pk) this.#created(answer);
    this.form.elements.version.value = answer.version;
    this.form.elements.base.value = JSON.stringify(answer.content ?? sent.content);
    return true;
  }

  // the first save made the draft: from now on this page is its page
  #created(answer) {
    this.keeper.forget();
    Object.assign(this.form.dataset, { pk: answer.pk, autosave: answer.autosave });
    this.form.setAttribute("action", answer.edit);  // form.action is a button
    history.replaceState(null, "", answer.edit);
  }
}
