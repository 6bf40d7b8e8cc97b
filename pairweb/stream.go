package pairweb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	// pingInterval keeps proxies from closing a silent stream, and lets the page notice a dead one.
	pingInterval = 10 * time.Second
	// writeTimeout frees the goroutine of a tab that takes nothing any more.
	writeTimeout = 20 * time.Second
)

// message is a state as the page's script reads it.
type message struct {
	// Pairing is the number to come back with after its end, for another.
	Pairing int64  `json:"pairing"`
	Kind    kind   `json:"kind"`
	Title   string `json:"title"`
	Text    string `json:"text,omitempty"`
	Image   []byte `json:"image,omitempty"`
	Link    string `json:"link,omitempty"`
	// Remaining and Lifetime are milliseconds, counted from this message on: clocks differ.
	Remaining int64 `json:"remaining,omitempty"`
	Lifetime  int64 `json:"lifetime,omitempty"`
}

func newMessage(number int64, s state, now time.Time) message {
	m := message{Pairing: number, Kind: s.kind, Title: s.title, Text: s.text}
	if s.kind != kindCode {
		return m
	}
	remaining := s.expires.Sub(now)
	if remaining < time.Millisecond {
		m.Kind, m.Title = kindWaiting, renewing
		return m
	}
	m.Image, m.Link = s.code.PNG(), s.code.URL()
	m.Remaining, m.Lifetime = remaining.Milliseconds(), s.lifetime.Milliseconds()
	return m
}

// events streams the state of the device's pairing until it ends, the tab goes, or the handler closes.
func (h *Handler) events(w http.ResponseWriter, r *http.Request, id int64) {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		http.Error(w, "Another site cannot start a pairing.", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // anything else is a first visit
	p := h.join(r.Context(), id, after)
	if p == nil {
		http.Error(w, "The server is shutting down.", http.StatusServiceUnavailable)
		return
	}
	defer h.leave(p)
	t := &tab{writer: w, control: http.NewResponseController(w)}
	// The server's timeouts are for requests that end; not every writer has them.
	_ = t.control.SetReadDeadline(time.Time{})
	if err := t.control.Flush(); err != nil {
		h.config.logger.ErrorContext(r.Context(), "pairweb cannot stream through this server or middleware", "error", err)
		http.Error(w, "This server cannot stream.", http.StatusInternalServerError)
		return
	}
	h.follow(r, p, t)
}

func (h *Handler) follow(r *http.Request, p *pairing, t *tab) {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		s, changed := p.now()
		if t.state(newMessage(p.number, s, time.Now())) != nil || s.over() {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-ping.C:
				if t.ping() != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-h.closing:
				return
			}
		}
	}
}

// tab is the way to one browser tab.
type tab struct {
	writer  http.ResponseWriter
	control *http.ResponseController
}

func (t *tab) state(m message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return t.send("state", data)
}

// ping is an event with data: a comment, or one without, does not reach the page.
func (t *tab) ping() error { return t.send("ping", []byte("{}")) }

// send sets a deadline for this write alone: HTTP/2 resets a stream whose deadline passes in silence.
func (t *tab) send(event string, data []byte) error {
	_ = t.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := fmt.Fprintf(t.writer, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	if err := t.control.Flush(); err != nil {
		return err
	}
	_ = t.control.SetWriteDeadline(time.Time{})
	return nil
}
