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

// Request is a request that reached the server. It has no credentials, so it is safe to print.
type Request struct {
	// Method is the HTTP method, such as "GET".
	Method string
	// Path is the path as it was sent, still escaped, such as "/devices/5/qr".
	Path string
	// Query holds the decoded query parameters; empty if there were none.
	Query url.Values
	// Header holds the headers, without Authorization and Proxy-Authorization.
	Header http.Header
	// Body is the first MiB of the body; empty if there was none.
	Body []byte
	// Time is when the request arrived, in UTC. In a synctest bubble it is virtual time.
	Time time.Time
}

func (r Request) clone() Request {
	r.Query = url.Values(http.Header(r.Query).Clone())
	r.Header = r.Header.Clone()
	r.Body = slices.Clone(r.Body)
	return r
}

// Requests returns the last 10,000 requests that reached the server, in the order of arrival. A request that a fault
// applied to is included, unless its connection was refused. The result is a copy.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Request, len(s.requests))
	for i, r := range s.requests {
		all[i] = r.clone()
	}
	return all
}

// record keeps a copy of the request, and drops the oldest one if there are too many.
func (s *Server) record(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == maxRequests {
		s.requests[0] = Request{} // releases its memory: the array below the slice still refers to it
		s.requests = s.requests[1:]
	}
	s.requests = append(s.requests, r.clone())
}

// receivedRequest is a request with what is not recorded.
type receivedRequest struct {
	Request

	authorization string
	tooLarge      bool // the body was longer than maxBodyBytes
}

// readRequest reads a request and its body.
func readRequest(r *http.Request) (receivedRequest, error) {
	req := receivedRequest{
		Request: Request{
			Method: method(r),
			Path:   r.URL.EscapedPath(),
			Query:  r.URL.Query(),
			Header: maps.Clone(r.Header),
			Time:   now(),
		},
		authorization: r.Header.Get("Authorization"),
	}
	delete(req.Header, "Authorization")
	delete(req.Header, "Proxy-Authorization")
	if r.Body == nil {
		return req, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	if err != nil {
		return receivedRequest{}, fmt.Errorf("%w: %w", errReadBody, err)
	}
	req.tooLarge = len(body) > maxBodyBytes
	req.Body = body[:min(len(body), maxBodyBytes)]
	return req, nil
}

func method(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// now returns the time as JSON can represent it: UTC, without the monotonic clock.
func now() time.Time { return time.Now().UTC().Round(0) }
