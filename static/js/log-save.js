// Keeps a text of the log as a draft, in this browser at once and on the server a
// second later.
import { Keeper as BaseKeeper } from "./keeper.js";
import { readContent } from "./log-content.js";
import { Saver as BaseSaver } from "./saver.js";

export class Keeper extends BaseKeeper {
  constructor(form) {
    super();
    this.form = form;
  }

  get place() { return this.form.dataset.place; }

  keep(sent = false) {
    this.write({ content: readContent(this.form), version: this.form.elements.draft_version.value, sent });
  }

  // the page came back with a newer draft, or none: what was sent arrived
  forgetWhatArrived() {
    const kept = this.kept();
    if (kept?.sent && Number(this.form.elements.draft_version.value) > Number(kept.version)) this.forget();
  }
}

export class Saver extends BaseSaver {
  address() { return this.form.dataset.draft; }

  body() {
    return { about: this.form.dataset.about, version: Number(this.form.elements.draft_version.value), content: readContent(this.form) };
  }

  took(answer) {
    this.form.elements.draft_version.value = answer.version;
    return true;
  }

  // a choice was made between two windows' texts: what stands here now is the next version after theirs
  goOn(version) {
    this.form.elements.draft_version.value = version;
    this.stopped = false;
    this.touched();
  }
}
