// What this browser keeps of a form until the server has it. A form says in a
// subclass under which name (place), and what (keep).
export class Keeper {
  read(place) {
    try { return JSON.parse(localStorage.getItem(place)); } catch { return null; }
  }

  write(kept) {
    try {
      localStorage.setItem(this.place, JSON.stringify({ ...kept, at: new Date().toISOString() }));
    } catch { /* storage is full or off: the page still has it */ }
  }

  kept() { return this.read(this.place); }

  forget() { localStorage.removeItem(this.place); }
}

// "saved 8 s ago", with the exact time on hover
export const savedAge = (at) => {
  const seconds = Math.round((Date.now() - at) / 1000);
  const ago = seconds < 2 ? "just now" : seconds < 60 ? `${seconds} s ago` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `at ${at.toISOString().slice(11, 16)} UTC`;
  const time = Object.assign(document.createElement("time"), { className: "age", dateTime: at.toISOString(), textContent: ago });
  time.title = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return time;
};

// a notice over the form: state, words, and what may follow them
export const note = (state, words, ...more) => {
  const box = document.createElement("div");
  const text = document.createElement("p");
  const status = document.createElement("span");
  box.className = "note";
  box.dataset.state = state;
  status.className = "status wrap";
  status.dataset.state = state;
  status.textContent = words;
  text.append(status);
  for (const one of more) text.append(" ", one);
  box.append(text);
  return box;
};
