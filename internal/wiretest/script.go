package wiretest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
)

// Reply is one scripted response or error.
type Reply struct {
	Status int
	Header http.Header
	Body   string
	// Cut ends the connection after Body.
	Cut bool
	// StallBody sends nothing after Body until the request's context ends.
	StallBody bool
	// Stream replaces Body. It can be read once.
	Stream io.Reader
	// Err replaces the response.
	Err error
	// Stall sends no response until the request's context ends.
	Stall bool
}

// OK returns a 200.
func OK(body string) Reply { return Reply{Status: http.StatusOK, Body: body} }

// Fail returns an error in place of a response.
func Fail(err error) Reply { return Reply{Err: err} }

func (r *Reply) body(request *http.Request) io.Reader {
	body := strings.NewReader(r.Body)
	switch {
	case r.Stream != nil:
		return r.Stream
	case r.Cut:
		return io.MultiReader(body, ReaderFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))
	case r.StallBody:
		return io.MultiReader(body, ReaderFunc(func([]byte) (int, error) { return 0, stall(request) }))
	default:
		return body
	}
}

func stall(request *http.Request) error {
	<-request.Context().Done()
	return request.Context().Err()
}

// Request is a request as the transport received it.
type Request struct {
	Method, URL, Body string
	Header            http.Header
	At                time.Time
}

func newRequest(request *http.Request) (Request, error) {
	r := Request{Method: request.Method, URL: request.URL.String(), Header: request.Header.Clone(), At: time.Now()}
	if request.Body == nil {
		return r, nil
	}
	body, err := io.ReadAll(request.Body)
	r.Body = string(body)
	return r, errors.Join(err, request.Body.Close())
}

// Authorizations returns the Authorization header of each request.
func Authorizations(requests []Request) []string {
	headers := make([]string, len(requests))
	for i, request := range requests {
		headers[i] = request.Header.Get("Authorization")
	}
	return headers
}

// Script is a transport that returns scripted replies and records the requests. It works inside and outside of synctest
// bubbles.
type Script struct {
	reply func(count int, request *http.Request) Reply

	mu           sync.Mutex
	requests     []Request
	bodiesClosed int
	idleClosed   int // calls to CloseIdleConnections
}

// NewScript returns a script of the replies in order, then of the last one.
func NewScript(replies ...Reply) *Script {
	return &Script{reply: func(count int, _ *http.Request) Reply { return replies[min(count, len(replies)-1)] }}
}

// NewScriptFunc returns a script whose replies a function chooses.
func NewScriptFunc(reply func(*http.Request) Reply) *Script {
	return &Script{reply: func(_ int, request *http.Request) Reply { return reply(request) }}
}

// Client returns a client that sends its requests to the script.
func (s *Script) Client(tb testing.TB, opts ...whatspie.Option) *whatspie.Client {
	tb.Helper()
	return NewClient(tb, append(opts, WithTransport(s))...)
}

// RoundTrip returns the next reply.
func (s *Script) RoundTrip(request *http.Request) (*http.Response, error) {
	received, err := newRequest(request)
	if err != nil {
		return nil, err
	}
	reply := s.next(received, request)
	switch {
	case reply.Stall:
		return nil, stall(request)
	case reply.Err != nil:
		return nil, reply.Err
	}
	header := reply.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: reply.Status,
		Header:     header,
		Body:       &scriptBody{Reader: reply.body(request), script: s},
		Request:    request,
	}, nil
}

func (s *Script) next(received Request, request *http.Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	const limit = 1000 // so that an endless loop fails instead of hanging
	count := len(s.requests)
	if count > limit {
		return Fail(errors.New("too many requests for a test"))
	}
	s.requests = append(s.requests, received)
	return s.reply(count, request)
}

// CloseIdleConnections counts its calls.
func (s *Script) CloseIdleConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idleClosed++
}

// Requests returns the requests so far.
func (s *Script) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// AssertClosed checks how many bodies were closed, and that idle connections were not.
func (s *Script) AssertClosed(t *testing.T, bodies int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.Equal(t, bodies, s.bodiesClosed, "closed bodies")
	assert.Zero(t, s.idleClosed, "idle connections were closed")
}

// AssertIdleConnectionsKept checks that idle connections were not closed.
func (s *Script) AssertIdleConnectionsKept(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.Zero(t, s.idleClosed, "idle connections were closed")
}

type scriptBody struct {
	io.Reader

	script *Script
}

// Close counts the body.
func (b *scriptBody) Close() error {
	b.script.mu.Lock()
	defer b.script.mu.Unlock()
	b.script.bodiesClosed++
	return nil
}

// ReaderFunc adapts a function to io.Reader.
type ReaderFunc func([]byte) (int, error)

// Read calls the function.
func (f ReaderFunc) Read(p []byte) (int, error) { return f(p) }
