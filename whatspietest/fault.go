package whatspietest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"time"
)

var errCut = errors.New("whatspietest: the connection is cut")

// Fault makes the server misbehave on the requests that it matches. The zero Fault matches the next request and changes
// nothing. The fields can be combined.
//
// Without Lose, a request that gets Status, Body, Drop or Refuse is not performed. With only Delay or Header set, the
// server responds normally, but late or with that header.
type Fault struct {
	// Method is the HTTP method to match, such as "POST"; empty matches any.
	Method string
	// Path is the path to match, as it is sent: exact, such as "/devices/5/qr", or a pattern of path.Match, such
	// as "/devices/*"; empty matches any.
	Path string
	// Times is how many requests the fault applies to: 0 means one, negative means all.
	Times int
	// Status is the HTTP status of the response, 200 to 999; 0 keeps the normal response, or means 200 if Body is set.
	Status int
	// Header is added to the response and replaces headers that the server would send; nil adds nothing. Content-Type is
	// derived from Body unless it is set here, Content-Length always is.
	Header http.Header
	// Body is the body of the response, sent as it is; empty keeps the normal response unless Status is set.
	Body string
	// Delay is how long the server waits before it performs the request and responds, or, with Lose, between performing it
	// and responding; 0 means no delay. If the caller gives up during the delay, the request is not performed, unless Lose
	// is set.
	Delay time.Duration
	// Drop cuts the connection instead of responding.
	Drop bool
	// Refuse refuses the connection before a byte is sent, so the request does not reach the server. On a socket it has
	// the effect of Drop, because the connection is already established.
	Refuse bool
	// Truncate cuts the connection after that many bytes of the body of the response; 0 sends all of it, a negative number
	// none.
	Truncate int
	// Lose performs the request but loses the response: the connection is cut or, if Status or Body is set, they are sent
	// instead, as by a gateway that gave up waiting.
	Lose bool
}

// Validate returns an error if Path is a malformed pattern or Status is out of range.
func (f *Fault) Validate() error {
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("path %q: %w", f.Path, err)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 999) {
		return fmt.Errorf("status %d is not between 200 and 999", f.Status)
	}
	return nil
}

// Inject adds a fault. Of the faults that match a request and are not used up, the one injected first applies. Inject
// panics if the fault is not valid: see [Fault.Validate].
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

// ClearFaults removes all faults, as when an outage ends.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault consumes one use of the first matching fault; it returns the zero Fault if none matches.
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

func (f *Fault) matches(method, urlPath string) bool {
	if f.Method != "" && f.Method != method {
		return false
	}
	if f.Path == "" || f.Path == urlPath {
		return true
	}
	matched, err := path.Match(f.Path, urlPath)
	return err == nil && matched
}

// serve applies the fault to the request. An error means that no response is sent.
func (s *Server) serve(ctx context.Context, c call, f Fault, closing <-chan struct{}) (answer, error) {
	if f.Lose {
		s.perform(c)
	}
	if err := pause(ctx, f.Delay, closing); err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case f.Drop, f.Refuse:
		return answer{}, errCut
	case f.Status != 0, f.Body != "":
		a = f.answer()
	case f.Lose:
		return answer{}, errCut
	default:
		a = s.perform(c)
	}
	maps.Copy(a.header, f.Header.Clone())
	a.cut(f.Truncate)
	return a, nil
}

func (f *Fault) answer() answer {
	a := answer{status: f.Status, header: http.Header{}, body: []byte(f.Body)}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if f.Body != "" {
		a.header.Set("Content-Type", contentType(a.body))
	}
	return a
}

func canonical(h http.Header) http.Header {
	c := make(http.Header, len(h))
	for name, values := range h {
		c[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	delete(c, "Content-Length")
	return c
}

// pause waits for d, or until the context or the server ends.
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
