"use strict";

(() => {
  // The server pings every 10 seconds.
  const silence = 25000;
  // How long a dead code waits for the next one before the connection is doubted.
  const patience = 4000;
  // Pauses between attempts to connect again; the first ones are within the time that the server keeps a pairing.
  const pauses = [500, 1000, 2000, 4000, 8000, 15000];
  // A screen reader hears what is true for this long, not each step on the way.
  const settle = 900;

  const at = (id) => document.getElementById(id);
  const [frame, link, again, heading] = ["frame", "link", "again", "heading"].map(at);
  const page = document.body;

  let stream = null;
  let pairing = 0;
  let over = false;
  let code = null;
  let silent = null;
  let failures = 0;
  let visit = 0;
  let retry = 0;
  let speech = 0;

  // A deadline by two clocks: one may be set, the other may stand still while the computer sleeps.
  const deadline = (ms) => ({ wall: Date.now() + ms, steady: performance.now() + ms });
  const left = (d) => Math.min(d.wall - Date.now(), d.steady - performance.now());

  function show(view, title, text = "") {
    page.dataset.view = view;
    at("title").textContent = title;
    at("text").textContent = text;
    document.title = title === heading.textContent ? title : `${title} · ${heading.textContent}`;
    again.hidden = view !== "failed";
    clearTimeout(speech);
    speech = setTimeout(() => { at("live").textContent = [title, text].filter(Boolean).join(". "); }, settle);
  }

  // The picture is a blob: its URL says nothing, and ends with the code.
  function wipe() {
    for (const picture of frame.children) URL.revokeObjectURL(picture.src);
    frame.replaceChildren();
    link.hidden = true;
    link.removeAttribute("href");
  }

  // What is dead stays in its place, blurred, and cannot be opened or scanned.
  function die(view, title) {
    code = null;
    link.hidden = true;
    link.removeAttribute("href");
    for (const picture of frame.children) picture.alt = "This QR code has expired";
    show(view, title);
  }

  async function draw(message) {
    const ends = { ...deadline(message.remaining), lifetime: message.lifetime };
    const now = visit;
    const picture = new Image();
    if (message.image) {
      const bytes = Uint8Array.from(atob(message.image), (c) => c.charCodeAt(0));
      picture.alt = "QR code for WhatsApp";
      picture.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
      await picture.decode().catch(() => { picture.alt = "This QR code cannot be shown"; });
    }
    if (now !== visit) {
      URL.revokeObjectURL(picture.src);
      return;
    }
    wipe();
    if (message.image) frame.append(picture);
    if (message.link) {
      link.href = message.link;
      link.hidden = false;
    }
    code = ends;
    show("code", message.title, message.text);
    tick();
  }

  function hear(message) {
    visit++;
    failures = 0;
    pairing = message.pairing;
    silent = deadline(silence);
    if (message.kind === "code") {
      draw(message);
      return;
    }
    over = message.kind === "connected" || message.kind === "failed";
    die(message.kind, message.title);
    show(message.kind, message.title, message.text);
    if (over) {
      wipe();
      close();
    }
  }

  function close() {
    visit++;
    clearTimeout(retry);
    if (stream) stream.close();
    stream = null;
  }

  // After names the pairing whose end was seen: the server begins another one then, and only then.
  function connect(after = 0) {
    close();
    over = false;
    silent = deadline(silence);
    const opened = new EventSource(`events?after=${after}`);
    stream = opened;
    opened.addEventListener("state", (event) => hear(JSON.parse(event.data)));
    opened.addEventListener("ping", () => { silent = deadline(silence); });
    opened.onerror = () => lost(opened.readyState === EventSource.CLOSED);
  }

  // Without a connection nobody knows whether the code still works.
  async function lost(answered = false) {
    close();
    die("offline", "Reconnecting…");
    const now = visit;
    const refused = answered && await isRefused();
    if (now !== visit) return;
    if (refused) {
      over = true;
      pairing = -1;
      wipe();
      show("failed", "You no longer have access", "Sign in again, then come back to this page.");
      return;
    }
    const pause = pauses[Math.min(failures++, pauses.length - 1)];
    retry = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  }

  // An event stream does not tell why it was refused. A redirect is a way to a login.
  async function isRefused() {
    try {
      const answer = await fetch("events", { method: "HEAD", redirect: "manual", cache: "no-store" });
      return answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status);
    } catch {
      return false;
    }
  }

  function tick() {
    if (code) {
      const ms = left(code);
      if (ms <= 0) {
        die("waiting", "Getting a new code…");
        silent = deadline(patience);
      } else {
        at("ring").style.strokeDashoffset = 100 - 100 * Math.min(1, ms / code.lifetime);
        at("seconds").textContent = Math.ceil(ms / 1000);
      }
    }
    if (stream && left(silent) <= 0) lost();
  }

  function wake() {
    tick();
    if (!over && !stream) connect();
  }

  function sleep() {
    if (over) return;
    close();
    die("offline", "Reconnecting…");
  }

  again.addEventListener("click", () => {
    if (pairing < 0) {
      location.reload();
      return;
    }
    show("waiting", "Getting a code…");
    heading.focus();
    connect(pairing);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  document.addEventListener("freeze", sleep);
  document.addEventListener("resume", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pagehide", sleep);
  window.addEventListener("pageshow", (event) => { if (event.persisted) wake(); });

  setInterval(tick, 250);
  connect();
})();
