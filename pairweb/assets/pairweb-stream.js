"use strict";

// PairStream is the connection to the server. In a SharedWorker, one stream serves all tabs of a browser: over
// HTTP/1.1, a browser opens at most six connections to a site, and each stream occupies one. In browsers without
// SharedWorker, it runs in the page.
self.PairStream = class {
  // Milliseconds without data after which the connection counts as lost. The server sends a ping every 10 seconds.
  static silenceTimeout = 25000;
  // Milliseconds between attempts to reconnect. The first attempts are made before the server ends an unused pairing.
  static retryDelays = [500, 1000, 2000, 4000, 8000, 15000];

  // A deadline uses two clocks: one can be set, the other can stop while the computer sleeps.
  static deadline(ms) {
    return { wall: Date.now() + ms, steady: performance.now() + ms };
  }

  static remaining(deadline) {
    return Math.min(deadline.wall - Date.now(), deadline.steady - performance.now());
  }

  // The query is that of the page. The server may need it to authorize the visitor.
  constructor(base, query, deliver) {
    this.url = new URL("events", base).href;
    this.query = query;
    this.deliver = deliver;
    this.source = null;
    this.latest = null;
    this.failures = 0;
    this.connection = 0; // number of the connection, to detect that another one has replaced it
    this.retryTimer = 0;
    this.silenceDeadline = PairStream.deadline(0);
    setInterval(() => this.checkSilence(), 1000);
  }

  // Delivers the latest message, or connects. A failure is final, but a connected phone may have disconnected since, so
  // the server has to confirm it.
  join(deliver) {
    this.checkSilence();
    if (this.latest && (this.source || this.latest.kind === "failed")) deliver(this.latest);
    else if (!this.source) this.connect();
  }

  // If after is the number of a failed pairing, the server starts a new one.
  connect(after = 0) {
    this.close();
    this.silenceDeadline = PairStream.deadline(PairStream.silenceTimeout);
    const query = [after ? `after=${after}` : "", this.query.slice(1)].filter(Boolean).join("&");
    const source = new EventSource(query ? `${this.url}?${query}` : this.url);
    this.source = source;
    source.addEventListener("state", (event) => this.receive(JSON.parse(event.data)));
    source.addEventListener("ping", () => this.receive({ kind: "ping" }));
    source.onerror = () => this.reconnect(source.readyState === EventSource.CLOSED);
  }

  receive(message) {
    this.silenceDeadline = PairStream.deadline(PairStream.silenceTimeout);
    if (message.kind !== "ping") {
      this.failures = 0;
      this.latest = message;
      if (message.kind === "connected" || message.kind === "failed") this.disconnect();
    }
    this.deliver(message);
  }

  disconnect() {
    this.connection++;
    clearTimeout(this.retryTimer);
    if (this.source) this.source.close();
    this.source = null;
  }

  close() {
    this.disconnect();
    this.latest = null;
  }

  // Without a connection, the page cannot know whether its code is still valid. An EventSource closes if the response
  // is not an event stream, which may mean that access was denied.
  async reconnect(closed = false) {
    this.close();
    this.deliver({ kind: "offline" });
    const connection = this.connection;
    const denied = closed && await this.isDenied();
    if (connection !== this.connection) return;
    if (denied) {
      this.deliver({ kind: "denied" });
      return;
    }
    const delay = PairStream.retryDelays[Math.min(this.failures++, PairStream.retryDelays.length - 1)];
    this.retryTimer = setTimeout(() => this.connect(), delay * (0.75 + Math.random() / 2));
  }

  // EventSource does not report the status of a response. A redirect leads to a login page.
  async isDenied() {
    try {
      const options = { method: "HEAD", redirect: "manual", cache: "no-store" };
      const response = await fetch(this.url + this.query, options);
      return response.type === "opaqueredirect" || [401, 403, 404].includes(response.status);
    } catch {
      return false;
    }
  }

  checkSilence() {
    if (this.source && PairStream.remaining(this.silenceDeadline) <= 0) this.reconnect();
  }
};

// In a SharedWorker, there is no document.
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
