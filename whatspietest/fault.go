package whatspietest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// methods are the HTTP methods that a fault can match.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions,
}

var errCut = errors.New("whatspietest: connection cut")

// Fault makes the server misbehave on the requests that it matches. The fields can be combined. The zero Fault matches
// the next request and changes nothing.
//
// For a request that matches, the server first waits for Delay. Then Refuse or Drop ends the connection, or Status or
// Body is sent as the response. In these cases the request is not performed, so it has no effect on devices. Otherwise
// the request is performed, and its normal response is sent. With Lose, the request is performed before the delay, and
// its normal response is never sent.
type Fault struct {
	// Method is the HTTP method to match: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS; empty matches any.
	Method string
	// Path is the escaped path to match. It is exact, such as "/devices/5/qr", or a pattern as of path.Match, such as
	// "/devices/*", and starts with a slash; empty matches any.
	Path string
	// Times is the number of requests that the fault applies to: 0 means 1, a negative number means all.
	Times int
	// Status is the HTTP status of the response, from 200 to 999; 0 keeps that of the normal response, or means 200 if
	// Body is set.
	Status int
	// Header is added to the response, in place of headers of the same name; nil adds nothing. If Body is set,
	// Content-Type is detected from it unless Header sets it. A Content-Length in Header is ignored.
	Header http.Header
	// Body is the body of the response; empty keeps the normal body, or means no body if Status is set.
	Body string
	// Delay is how long the server waits; 0 and negative durations mean not at all. If the client gives up meanwhile, the
	// request is not performed, except with Lose.
	Delay time.Duration
	// Drop cuts the connection after the request was received, instead of sending a response.
	Drop bool
	// Refuse refuses the connection, so that the request does not reach the server. Only Server.Transport can do so; on a
	// socket, where the connection already exists, Refuse is the same as Drop.
	Refuse bool
	// Truncate is the number of bytes of the body after which the connection is cut: 0 sends the whole body, a negative
	// number none of it.
	Truncate int
	// Lose performs the request, but loses the response: the connection is cut. If Status or Body is set, they are sent
	// instead, as by a proxy that timed out.
	Lose bool
}

// Validate returns an error if Method, Path or Status is not as its comment says.
func (f Fault) Validate() error {
	if f.Method != "" && !slices.Contains(methods, f.Method) {
		return fmt.Errorf("method %q is none of %s", f.Method, strings.Join(methods, ", "))
	}
	if f.Path != "" && f.Path[0] != '/' {
		return fmt.Errorf("path %q does not start with a slash", f.Path)
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("path %q: %w", f.Path, err)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 999) {
		return fmt.Errorf("status %d is not between 200 and 999", f.Status)
	}
	return nil
}

// Inject adds a fault. If several faults match a request, the one that was injected first applies, until it is
// used up. Inject panics if [Fault.Validate] returns an error.
func (s *Server) Inject(f Fault) {
	if err := f.Validate(); err != nil {
		panic("whatspietest: Inject: " + err.Error())
	}
	f.Times = max(f.Times, -1)
	if f.Times == 0 {
		f.Times = 1
	}
	f.Header = canonical(f.Header)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all faults, as at the end of an outage.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault returns the first fault that matches and counts it as used once. It returns the zero Fault if none matches.
func (s *Server) takeFault(method, urlPath string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f *Fault) bool { return f.matches(method, urlPath) })
	if i < 0 {
		return Fault{}
	}
	f := s.faults[i]
	if f.Times > 0 {
		f.Times--
	}
	taken := *f
	if f.Times == 0 {
		s.faults = slices.Delete(s.faults, i, i+1)
	}
	return taken
}

func (f Fault) matches(method, urlPath string) bool {
	if f.Method != "" && f.Method != method {
		return false
	}
	if f.Path == "" || f.Path == urlPath {
		return true
	}
	matched, err := path.Match(f.Path, urlPath)
	return err == nil && matched
}

// serve performs the request as far as the fault allows. If it returns an error, no response is sent.
func (s *Server) serve(ctx context.Context, req receivedRequest, f Fault, closing <-chan struct{}) (response, error) {
	if f.Lose {
		s.perform(req)
	}
	if err := pause(ctx, f.Delay, closing); err != nil {
		return response{}, err
	}
	var resp response
	switch {
	case f.Drop, f.Refuse:
		return response{}, errCut
	case f.Status != 0, f.Body != "":
		resp = f.response()
	case f.Lose:
		return response{}, errCut
	default:
		resp = s.perform(req)
	}
	maps.Copy(resp.header, f.Header.Clone())
	resp.truncate(f.Truncate)
	return resp, nil
}

func (f Fault) response() response {
	resp := response{status: cmp.Or(f.Status, http.StatusOK), header: http.Header{}, body: []byte(f.Body)}
	if f.Body != "" {
		resp.header.Set("Content-Type", contentType(resp.body))
	}
	return resp
}

// canonical returns a copy of the headers with canonical names, without Content-Length.
func canonical(h http.Header) http.Header {
	copied := make(http.Header, len(h))
	for name, values := range h {
		copied[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	delete(copied, "Content-Length")
	return copied
}

// pause waits for d. It returns an error if the context ends or the server closes first.
func pause(ctx context.Context, d time.Duration, closing <-chan struct{}) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-closing:
		return errCut
	}
}
