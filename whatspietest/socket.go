package whatspietest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// serveSocket delivers over a real connection. http.ErrAbortHandler is net/http's way to cut one in silence.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	c, err := newCall(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.record(c.Request)
	a, err := s.serve(r.Context(), c, s.takeFault(c.Method, c.Path), s.closing)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	a.send(w, c.Method)
}

func (a *answer) send(w http.ResponseWriter, method string) {
	maps.Copy(w.Header(), a.header)
	if !a.bodyAllowed(method) {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(a.length))
	w.WriteHeader(a.status)
	_, err := io.Copy(w, bytes.NewReader(a.body[:a.sent]))
	if err != nil || a.truncated {
		_ = http.NewResponseController(w).Flush() // the connection ends here either way
		panic(http.ErrAbortHandler)
	}
}
