package whatspietest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// Handler returns the fake as an http.Handler, to mount in a server of your own. It works whether or not the fake
// itself listens, and under a prefix:
//
//	mux.Handle("/whatspie/", http.StripPrefix("/whatspie", srv.Handler()))
//
// A fault that cuts the connection hijacks and closes it. If that is not possible, as with HTTP/2, the handler panics
// with [http.ErrAbortHandler]. Each response has the header "Connection: close": on a reused connection, net/http would
// silently repeat a GET whose connection was cut, and hide the fault. After [Server.Close], the handler cuts every
// connection.
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
	req, err := readRequest(r)
	if err != nil {
		cut(w)
		return
	}
	h.server.record(req.Request)
	resp, err := h.server.serve(r.Context(), req, h.server.takeFault(req.Method, req.Path), h.closing)
	if err != nil {
		cut(w)
		return
	}
	resp.write(w, req.Method)
}

func (r *response) write(w http.ResponseWriter, method string) {
	maps.Copy(w.Header(), r.header)
	w.Header().Set("Connection", "close")
	if !r.bodyAllowed(method) {
		w.WriteHeader(r.status)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(r.contentLength))
	w.WriteHeader(r.status)
	_, err := io.Copy(w, bytes.NewReader(r.body[:r.sent]))
	if err != nil || r.truncated {
		_ = http.NewResponseController(w).Flush() // on failure, cut closes the connection just the same
		cut(w)
	}
}

// cut closes the connection without sending more. It prefers hijacking to a panic, which middleware may turn into a
// response.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close() // the caller cannot handle the error
}
