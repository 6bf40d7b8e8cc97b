"use strict";

(() => {
  // A screen reader hears what is true for this long, not each step on the way.
  const settle = 900;
  // The stream notices a silent server by itself, a little earlier than this notices a silent stream.
  const silence = PairStream.silence + 5000;

  const at = (id) => document.getElementById(id);
  const [frame, link, again, heading, owner, back] = ["frame", "link", "again", "heading", "owner", "return"].map(at);
  const page = document.body;
  const texts = JSON.parse(page.dataset.texts);
  const script = document.currentScript.src;
  const name = [heading, owner].filter(Boolean).map((e) => e.textContent).join(" · ");

  let pairing = 0; // the number of the one that ended, -1 if access was lost
  let drawn = 0;
  let fresh = PairStream.deadline(silence);
  let speech = 0;

  function show(view, title, text = "") {
    page.dataset.view = view;
    at("title").textContent = title;
    at("text").textContent = text;
    document.title = `${title} · ${name}`;
    again.hidden = view !== "failed";
    if (back) back.hidden = view !== "connected";
    clearTimeout(speech);
    speech = setTimeout(() => { say([title, text].filter(Boolean).join(". ")); }, settle);
  }

  // The same words again are no news.
  function say(words) {
    if (at("live").textContent !== words) at("live").textContent = words;
  }

  // The picture is a blob: its URL says nothing, and ends with the code.
  function wipe() {
    for (const picture of frame.children) URL.revokeObjectURL(picture.src);
    frame.replaceChildren();
    unlink();
  }

  function unlink() {
    link.hidden = true;
    link.removeAttribute("href");
  }

  // A dead code stays in its place, blurred, and can be neither opened nor scanned.
  function blur() {
    unlink();
    for (const picture of frame.children) picture.alt = texts.expired;
  }

  async function draw(message) {
    const number = drawn;
    const picture = new Image();
    if (message.image) {
      const bytes = Uint8Array.from(atob(message.image), (c) => c.charCodeAt(0));
      picture.alt = texts.code;
      picture.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
      await picture.decode().catch(() => { picture.alt = texts.broken; });
    }
    if (number !== drawn) {
      URL.revokeObjectURL(picture.src);
      return;
    }
    wipe();
    if (message.image) frame.append(picture);
    if (message.link) {
      link.href = message.link;
      link.hidden = false;
    }
    show("code", message.title, message.text);
  }

  function hear(message) {
    fresh = PairStream.deadline(silence);
    if (message.kind === "ping") return;
    drawn++;
    switch (message.kind) {
      case "code":
        draw(message);
        return;
      case "offline":
        blur();
        show("offline", texts.reconnecting);
        return;
      case "refused":
        wipe();
        pairing = -1;
        show("failed", texts.signedOut.Title, texts.signedOut.Text);
        return;
      case "waiting":
        blur();
        break;
      default:
        wipe();
    }
    pairing = message.pairing;
    show(message.kind, message.title, message.text);
  }

  // One stream for all tabs; without SharedWorker, one for each visible tab.
  function connect() {
    try {
      const url = new URL("pairweb-stream.js" + location.search, script);
      const worker = new SharedWorker(url, document.documentElement.lang);
      worker.port.onmessage = ({ data }) => hear(data);
      worker.onerror = () => {
        stream = connectAlone();
        stream.send({});
      };
      return { shared: true, send: (command) => worker.port.postMessage(command) };
    } catch {
      return connectAlone();
    }
  }

  function connectAlone() {
    const alone = new PairStream(script, location.search, hear);
    return {
      shared: false,
      send({ leave, after }) {
        if (leave) alone.close();
        else if (after) alone.connect(after);
        else alone.join(hear);
      },
    };
  }

  let stream = connect();

  const isOver = () => ["connected", "failed"].includes(page.dataset.view);

  function wake() {
    if (isOver()) return;
    if (PairStream.left(fresh) <= 0) {
      hear({ kind: "offline" });
      if (stream.shared) stream = connect(); // the worker may have died
    }
    stream.send({});
  }

  function sleep() {
    stream.send({ leave: true });
    if (!isOver()) hear({ kind: "offline" });
  }

  again.addEventListener("click", () => {
    if (pairing < 0) {
      location.reload();
      return;
    }
    show("waiting", texts.waiting);
    heading.focus();
    stream.send({ after: pairing });
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) wake();
    else if (!stream.shared) sleep();
  });
  document.addEventListener("freeze", sleep);
  document.addEventListener("resume", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pagehide", sleep);
  window.addEventListener("pageshow", (event) => { if (event.persisted) wake(); });

  setInterval(() => { if (PairStream.left(fresh) <= 0) wake(); }, 1000);
  stream.send({});
})();
