"use strict";

// The connection to the server. As a SharedWorker it serves all tabs of a browser with one stream: over HTTP/1.1 a browser
// has six connections to a site, and a stream keeps one busy. Browsers without SharedWorker run it in the page.
self.PairStream = class {
  // The server pings every 10 seconds.
  static silence = 25000;
  // Pauses between attempts to reconnect; the first ones fit into the time that the server keeps a pairing.
  static pauses = [500, 1000, 2000, 4000, 8000, 15000];

  // A deadline by two clocks: one may be set, the other may stand still while the computer sleeps.
  static deadline(ms) {
    return { wall: Date.now() + ms, steady: performance.now() + ms };
  }

  static left(deadline) {
    return Math.min(deadline.wall - Date.now(), deadline.steady - performance.now());
  }

  // Query is that of the page, which the server may need to know the visitor.
  constructor(base, query, deliver) {
    this.url = new URL("events", base).href;
    this.query = query;
    this.deliver = deliver;
    this.source = null;
    this.latest = null;
    this.failures = 0;
    this.visit = 0;
    this.retry = 0;
    this.silent = PairStream.deadline(0);
    setInterval(() => this.tick(), 1000);
  }

  // A connection may have been lost since it was shown: the server has to say it again. A failure stays.
  join(deliver) {
    this.tick();
    if (this.latest && (this.source || this.latest.kind === "failed")) deliver(this.latest);
    else if (!this.source) this.connect();
  }

  // After is the number of a pairing whose end was seen: the server begins another one then, and only then.
  connect(after = 0) {
    this.close();
    this.silent = PairStream.deadline(PairStream.silence);
    const query = [after ? `after=${after}` : "", this.query.slice(1)].filter(Boolean).join("&");
    const source = new EventSource(query ? `${this.url}?${query}` : this.url);
    this.source = source;
    source.addEventListener("state", (event) => this.hear(JSON.parse(event.data)));
    source.addEventListener("ping", () => this.hear({ kind: "ping" }));
    source.onerror = () => this.lost(source.readyState === EventSource.CLOSED);
  }

  hear(message) {
    this.silent = PairStream.deadline(PairStream.silence);
    if (message.kind !== "ping") {
      this.failures = 0;
      this.latest = message;
      if (message.kind === "connected" || message.kind === "failed") this.stop();
    }
    this.deliver(message);
  }

  stop() {
    this.visit++;
    clearTimeout(this.retry);
    if (this.source) this.source.close();
    this.source = null;
  }

  close() {
    this.stop();
    this.latest = null;
  }

  // Without a connection nobody knows whether the code still works.
  async lost(answered = false) {
    this.close();
    this.deliver({ kind: "offline" });
    const visit = this.visit;
    const refused = answered && await this.isRefused();
    if (visit !== this.visit) return;
    if (refused) {
      this.deliver({ kind: "refused" });
      return;
    }
    const pause = PairStream.pauses[Math.min(this.failures++, PairStream.pauses.length - 1)];
    this.retry = setTimeout(() => this.connect(), pause * (0.75 + Math.random() / 2));
  }

  // An event stream does not say why it was refused. A redirect leads to a login.
  async isRefused() {
    try {
      const response = await fetch(this.url + this.query, { method: "HEAD", redirect: "manual", cache: "no-store" });
      return response.type === "opaqueredirect" || [401, 403, 404].includes(response.status);
    } catch {
      return false;
    }
  }

  tick() {
    if (this.source && PairStream.left(this.silent) <= 0) this.lost();
  }
};

if (typeof document === "undefined") {
  const ports = new Set();
  const stream = new PairStream(location.href, location.search, (message) => {
    for (const port of ports) port.postMessage(message);
  });
  self.onconnect = (event) => {
    const port = event.ports[0];
    port.onmessage = ({ data }) => {
      if (data.leave) {
        ports.delete(port);
        if (ports.size === 0) stream.close();
        return;
      }
      ports.add(port);
      if (data.after) stream.connect(data.after);
      else stream.join((message) => port.postMessage(message));
    };
  };
}
