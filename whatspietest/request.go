package whatspietest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	maxBodyBytes = 1 << 20
	maxRequests  = 10_000
)

var errReadBody = errors.New("whatspietest: reading the request body")

// Request is one request that reached the server, in a form that is safe to print.
type Request struct {
	// Method is the HTTP method, such as "GET".
	Method string
	// Path is the path as it was sent, still escaped, such as "/devices/5/qr".
	Path string
	// Query holds the decoded query parameters; empty if there were none.
	Query url.Values
	// Header holds the header without Authorization and Proxy-Authorization, which carry credentials.
	Header http.Header
	// Body is the first MiB of the body; empty if there was none.
	Body []byte
	// Time is when the request arrived. In a synctest bubble it is virtual time.
	Time time.Time
}

func (r Request) clone() Request {
	r.Query = url.Values(http.Header(r.Query).Clone())
	r.Header = r.Header.Clone()
	r.Body = slices.Clone(r.Body)
	return r
}

// Requests returns the last 10,000 requests that reached the server, in the order of arrival, including those that got
// a fault. A connection that was refused is not included. The caller owns the slice and its contents.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Request, len(s.requests))
	for i, r := range s.requests {
		all[i] = r.clone()
	}
	return all
}

func (s *Server) record(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == maxRequests {
		s.requests[0] = Request{} // release the memory: the slice still refers to it
		s.requests = s.requests[1:]
	}
	s.requests = append(s.requests, r.clone())
}

// call is a request including what must not be recorded.
type call struct {
	Request

	authorization string
	tooLarge      bool
}

func newCall(r *http.Request) (call, error) {
	c := call{
		Request: Request{
			Method: method(r),
			Path:   r.URL.EscapedPath(),
			Query:  r.URL.Query(),
			Header: maps.Clone(r.Header),
			Time:   now(),
		},
		authorization: r.Header.Get("Authorization"),
	}
	delete(c.Header, "Authorization")
	delete(c.Header, "Proxy-Authorization")
	if r.Body == nil {
		return c, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	if err != nil {
		return call{}, fmt.Errorf("%w: %w", errReadBody, err)
	}
	c.tooLarge = len(body) > maxBodyBytes
	c.Body = body[:min(len(body), maxBodyBytes)]
	return c, nil
}

func method(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// now returns the time as JSON can represent it: UTC, without the monotonic clock.
func now() time.Time { return time.Now().UTC().Round(0) }
