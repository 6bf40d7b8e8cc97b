package pairweb

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// pingInterval is short enough that proxies do not close a silent stream. The page uses it to detect a dead one.
	pingInterval = 10 * time.Second
	// writeTimeout ends the stream of a connection that accepts no more data.
	writeTimeout = 20 * time.Second
	// paddingBytes is the length of a comment before the first event. Compressing middleware buffers the first bytes of a
	// response, often 1 or 1.4 KB, even if they are flushed.
	paddingBytes = 2 << 10
)

// message is the JSON form of a state, which the page's script reads.
type message struct {
	// Pairing is the number to send as "after" to try again.
	Pairing int64  `json:"pairing"`
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	Text    string `json:"text,omitempty"`
	Image   []byte `json:"image,omitempty"`
	Link    string `json:"link,omitempty"`
}

func newMessage(pairing int64, s state, t Texts) message {
	notice := s.notice(t)
	m := message{Pairing: pairing, Kind: s.phase.kind(), Title: notice.Title, Text: notice.Text}
	if s.code != nil {
		m.Image, m.Link = s.code.PNG(), s.code.URL()
	}
	return m
}

// canFlush reports whether an http.ResponseController can flush w. A call of its Flush would send the header.
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
	writer     http.ResponseWriter
	controller *http.ResponseController
}

// openStream starts the response. It calls WriteHeader, because middleware may add headers there, which Flush alone
// would bypass.
func openStream(w http.ResponseWriter) *stream {
	s := &stream{writer: w, controller: http.NewResponseController(w)}
	_ = s.controller.SetReadDeadline(time.Time{}) // not every writer supports it
	w.WriteHeader(http.StatusOK)
	_, _ = fmt.Fprintf(w, ":%*s\n\n", paddingBytes, "") // the next write fails too
	return s
}

// follow sends the state of a pairing and each later one, until the pairing or the context ends.
func (s *stream) follow(ctx context.Context, p *pairing, texts Texts) {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		current, changed := p.current()
		if s.sendState(newMessage(p.number, current, texts)) != nil || current.terminal() {
			return
		}
		if !s.wait(ctx, changed, ping.C) {
			return
		}
	}
}

// wait sends pings until the state changes. It reports false if the stream ends first.
func (s *stream) wait(ctx context.Context, changed <-chan struct{}, ping <-chan time.Time) bool {
	for {
		select {
		case <-changed:
			return true
		case <-ctx.Done():
			return false
		case <-ping:
			if s.sendPing() != nil {
				return false
			}
		}
	}
}

func (s *stream) sendState(m message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.send("state", data)
}

// sendPing sends an event with data, because the page's script does not see comments and events without data.
func (s *stream) sendPing() error { return s.send("ping", []byte("{}")) }

// send writes an event with a deadline for this write only. HTTP/2 resets a stream whose deadline passes, even while
// nothing is written.
func (s *stream) send(event string, data []byte) error {
	_ = s.controller.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := fmt.Fprintf(s.writer, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	if err := s.controller.Flush(); err != nil {
		return err
	}
	_ = s.controller.SetWriteDeadline(time.Time{})
	return nil
}
