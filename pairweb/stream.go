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
	// writeTimeout releases the goroutine of a connection that accepts no more data.
	writeTimeout = 20 * time.Second
	// paddingBytes is the length of a comment in front of the events. Compressing middleware holds back, flushed or not, what
	// is shorter than the size it compresses, often 1 or 1.4 KB.
	paddingBytes = 2 << 10
)

// message is a state as the page's script reads it.
type message struct {
	// Pairing is the number to send as "after" for starting over.
	Pairing int64  `json:"pairing"`
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	Text    string `json:"text,omitempty"`
	Image   []byte `json:"image,omitempty"`
	Link    string `json:"link,omitempty"`
}

func newMessage(pairing int64, s state, t Texts) message {
	words := s.words(t)
	m := message{Pairing: pairing, Kind: s.phase.kind(), Title: words.Title, Text: words.Text}
	if s.code != nil {
		m.Image, m.Link = s.code.PNG(), s.code.URL()
	}
	return m
}

// events streams the state of the device's pairing until it ends, the visitor leaves, or the handler closes.
func (h *Handler) events(w http.ResponseWriter, r *http.Request, id int64) {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		http.Error(w, "Another site cannot start a pairing.", http.StatusForbidden)
		return
	}
	_, texts := h.texts(w, r)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return
	}
	if !canFlush(w) {
		h.config.log().ErrorContext(r.Context(), "pairweb cannot stream through this server or middleware")
		http.Error(w, "This server cannot stream.", http.StatusInternalServerError)
		return
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // anything else is a first visit
	p := h.join(r.Context(), id, after)
	if p == nil {
		http.Error(w, "The server is shutting down.", http.StatusServiceUnavailable)
		return
	}
	defer h.leave(p)
	h.follow(r, p, openStream(w), texts)
}

// follow sends the state and each one that comes after it.
func (h *Handler) follow(r *http.Request, p *pairing, s *stream, texts Texts) {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		current, changed := p.now()
		if s.state(newMessage(p.number, current, texts)) != nil || current.over() {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-ping.C:
				if s.ping() != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-h.closing.Done():
				return
			}
		}
	}
}

// canFlush reports whether an http.ResponseController can flush w. Asking the controller itself would send the header.
func canFlush(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case http.Flusher, interface{ FlushError() error }:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

// stream is an open event stream.
type stream struct {
	writer  http.ResponseWriter
	control *http.ResponseController
}

// openStream writes the header before anything is flushed: middleware adds its own headers in WriteHeader, and a Flush
// alone would go past it.
func openStream(w http.ResponseWriter) *stream {
	s := &stream{writer: w, control: http.NewResponseController(w)}
	_ = s.control.SetReadDeadline(time.Time{}) // the server's timeouts are for requests that end; not every writer has them
	w.WriteHeader(http.StatusOK)
	_, _ = fmt.Fprintf(w, ":%*s\n\n", paddingBytes, "") // a failure shows at the next write
	return s
}

func (s *stream) state(m message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.send("state", data)
}

// ping sends an event with data: the page sees neither a comment nor an event without data.
func (s *stream) ping() error { return s.send("ping", []byte("{}")) }

// send sets a deadline for this write alone: HTTP/2 resets a stream whose deadline passes while it is silent.
func (s *stream) send(event string, data []byte) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := fmt.Fprintf(s.writer, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	if err := s.control.Flush(); err != nil {
		return err
	}
	_ = s.control.SetWriteDeadline(time.Time{})
	return nil
}
