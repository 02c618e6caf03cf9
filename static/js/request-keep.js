// What this browser keeps of a form until the server has it: one entry per person
// and request, taken back when the page comes again.
import { Keeper as Base } from "./keeper.js";
import { readContent } from "./request-content.js";

const DAY = 24 * 3600 * 1000;

export class Keeper extends Base {
  constructor(form) {
    super();
    this.form = form;
  }

  get place() { return `request/${this.form.dataset.user}/${this.form.dataset.pk || "new"}`; }

  keep(sent = false) {
    const { version, base, token } = this.form.elements;
    this.write({ content: readContent(this.form), version: version.value, base: base.value, token: token.value, sent });
  }

  // what was sent from a page that is not opened again
  #forgetOld() {
    for (const place of Object.keys(localStorage).filter((key) => key.startsWith("request/"))) {
      const kept = this.read(place);
      if (!kept || (kept.sent && Date.now() - Date.parse(kept.at) > DAY)) localStorage.removeItem(place);
    }
  }

  // A button sent the whole page, or a save made the draft whose answer was lost: what arrived is not kept any longer.
  forgetWhatArrived() {
    const { version, token } = this.form.elements;
    const kept = this.kept();
    if (kept?.sent && Number(version.value) > Number(kept.version)) this.forget();
    if (!this.form.dataset.pk) return;
    this.#forgetOld();
    const unborn = `request/${this.form.dataset.user}/new`;
    if (this.read(unborn)?.token === token.value) localStorage.removeItem(unborn);
  }
}
