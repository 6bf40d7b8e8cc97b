package whatspietest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// Handler returns the server as an http.Handler, to mount in a server of your own, also under a prefix:
//
//	mux.Handle("/whatspie/", http.StripPrefix("/whatspie", srv.Handler()))
//
// It works whether or not the server itself listens. To cut a connection, a fault hijacks and closes it. If the
// connection cannot be hijacked, as with HTTP/2, the handler panics with [http.ErrAbortHandler]. Each response has the
// header "Connection: close", because net/http repeats a GET that was cut on a reused connection, which would hide the
// fault. After [Server.Close] every connection is cut.
func (s *Server) Handler() http.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing == nil {
		s.closing = make(chan struct{})
		if s.closed {
			close(s.closing)
		}
	}
	return handler{server: s, closing: s.closing}
}

// handler serves requests from a real connection.
type handler struct {
	server  *Server
	closing <-chan struct{}
}

// ServeHTTP serves one request of the API.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-h.closing:
		cut(w)
		return
	default:
	}
	c, err := newCall(r)
	if err != nil {
		cut(w)
		return
	}
	h.server.record(c.Request)
	a, err := h.server.serve(r.Context(), c, h.server.takeFault(c.Method, c.Path), h.closing)
	if err != nil {
		cut(w)
		return
	}
	a.send(w, c.Method)
}

func (a *answer) send(w http.ResponseWriter, method string) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Connection", "close")
	if !a.bodyAllowed(method) {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(a.length))
	w.WriteHeader(a.status)
	_, err := io.Copy(w, bytes.NewReader(a.body[:a.sent]))
	if err != nil || a.truncated {
		_ = http.NewResponseController(w).Flush() // cut closes the connection either way
		cut(w)
	}
}

// cut closes the connection without sending more. It hijacks instead of panicking, because middleware may turn a panic
// into a response.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close() // there is nobody to report the error to
}
