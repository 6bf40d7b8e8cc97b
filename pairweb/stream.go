package pairweb

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// pingInterval keeps proxies from closing a silent stream, and lets the page notice a dead one.
	pingInterval = 10 * time.Second
	// writeTimeout releases the goroutine of a connection that accepts no more data.
	writeTimeout = 20 * time.Second
	// paddingBytes is the length of a comment in front of the events. Compressing middleware holds back, flushed or not,
	// what is shorter than the size it compresses, often 1 or 1.4 KB.
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

// follow sends the state of a pairing and each one that comes after it, until the pairing or the context ends.
func (s *stream) follow(ctx context.Context, p *pairing, texts Texts) {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		current, changed := p.now()
		if s.state(newMessage(p.number, current, texts)) != nil || current.over() {
			return
		}
		if !s.wait(ctx, changed, ping.C) {
			return
		}
	}
}

// wait pings until the state changes. It reports false if the stream ends first.
func (s *stream) wait(ctx context.Context, changed <-chan struct{}, ping <-chan time.Time) bool {
	for {
		select {
		case <-changed:
			return true
		case <-ctx.Done():
			return false
		case <-ping:
			if s.ping() != nil {
				return false
			}
		}
	}
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
