"use strict";

(() => {
  // Milliseconds that a state must last before a screen reader announces it. Short states in between are skipped.
  const announceDelay = 900;
  // The stream detects a silent server by itself, a little before the page detects a silent stream.
  const silenceTimeout = PairStream.silenceTimeout + 5000;

  const byID = (id) => document.getElementById(id);
  const [frame, link, tryAgain, heading, owner, returnLink] =
    ["frame", "link", "again", "heading", "owner", "return"].map(byID);
  const page = document.body;
  const texts = JSON.parse(page.dataset.texts);
  const script = document.currentScript.src;
  const pageName = [heading, owner].filter(Boolean).map((element) => element.textContent).join(" · ");

  let pairing = 0; // number of the latest pairing, -1 if access was lost
  let update = 0; // number of the latest message, to detect that another one arrived while an image was decoded
  let silenceDeadline = PairStream.deadline(silenceTimeout);
  let announceTimer = 0;

  function show(view, title, text = "") {
    page.dataset.view = view;
    byID("title").textContent = title;
    byID("text").textContent = text;
    document.title = `${title} · ${pageName}`;
    tryAgain.hidden = view !== "failed";
    if (returnLink) returnLink.hidden = view !== "connected";
    clearTimeout(announceTimer);
    announceTimer = setTimeout(() => { announce([title, text].filter(Boolean).join(". ")); }, announceDelay);
  }

  // A screen reader would repeat a text that is set again.
  function announce(text) {
    if (byID("live").textContent !== text) byID("live").textContent = text;
  }

  // The image is a blob, so its URL does not contain the code, and can be revoked with it.
  function removeCode() {
    for (const image of frame.children) URL.revokeObjectURL(image.src);
    frame.replaceChildren();
    removeLink();
  }

  function removeLink() {
    link.hidden = true;
    link.removeAttribute("href");
  }

  // An expired code stays in its place, where the style blurs it. It can be neither scanned nor opened.
  function expireCode() {
    removeLink();
    for (const image of frame.children) image.alt = texts.expired;
  }

  async function showCode(message) {
    const current = update;
    const image = new Image();
    if (message.image) {
      const bytes = Uint8Array.from(atob(message.image), (c) => c.charCodeAt(0));
      image.alt = texts.code;
      image.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
      await image.decode().catch(() => { image.alt = texts.broken; });
    }
    if (current !== update) {
      URL.revokeObjectURL(image.src);
      return;
    }
    removeCode();
    if (message.image) frame.append(image);
    if (message.link) {
      link.href = message.link;
      link.hidden = false;
    }
    show("code", message.title, message.text);
  }

  function receive(message) {
    silenceDeadline = PairStream.deadline(silenceTimeout);
    if (message.kind === "ping") return;
    update++;
    switch (message.kind) {
      case "code":
        showCode(message);
        return;
      case "offline":
        expireCode();
        show("offline", texts.reconnecting);
        return;
      case "denied":
        removeCode();
        pairing = -1;
        show("failed", texts.signedOut.Title, texts.signedOut.Text);
        return;
      case "waiting":
        expireCode();
        break;
      default:
        removeCode();
    }
    pairing = message.pairing;
    show(message.kind, message.title, message.text);
  }

  // Connects to the stream that all tabs share, or without SharedWorker to a stream for this tab.
  function connect() {
    try {
      const url = new URL("pairweb-stream.js" + location.search, script);
      const worker = new SharedWorker(url, document.documentElement.lang);
      worker.port.onmessage = ({ data }) => receive(data);
      worker.onerror = () => {
        stream = connectWithoutWorker();
        stream.send({});
      };
      return { shared: true, send: (command) => worker.port.postMessage(command) };
    } catch {
      return connectWithoutWorker();
    }
  }

  function connectWithoutWorker() {
    const pairStream = new PairStream(script, location.search, receive);
    return {
      shared: false,
      send({ leave, after }) {
        if (leave) pairStream.close();
        else if (after) pairStream.connect(after);
        else pairStream.join(receive);
      },
    };
  }

  let stream = connect();

  const hasEnded = () => ["connected", "failed"].includes(page.dataset.view);

  function resume() {
    if (hasEnded()) return;
    if (PairStream.remaining(silenceDeadline) <= 0) {
      receive({ kind: "offline" });
      if (stream.shared) {
        stream.send({ leave: true }); // the worker may still be alive
        stream = connect(); // or it may have died
      }
    }
    stream.send({});
  }

  function suspend() {
    stream.send({ leave: true });
    if (!hasEnded()) receive({ kind: "offline" });
  }

  tryAgain.addEventListener("click", () => {
    if (pairing < 0) {
      location.reload();
      return;
    }
    show("waiting", texts.waiting);
    heading.focus();
    stream.send({ after: pairing });
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) resume();
    else if (!stream.shared) suspend();
  });
  document.addEventListener("freeze", suspend);
  document.addEventListener("resume", resume);
  window.addEventListener("online", resume);
  window.addEventListener("pagehide", suspend);
  window.addEventListener("pageshow", (event) => { if (event.persisted) resume(); });

  setInterval(() => { if (PairStream.remaining(silenceDeadline) <= 0) resume(); }, 1000);
  stream.send({});
})();
