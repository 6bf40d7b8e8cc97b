package whatspietest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

var errNoURL = errors.New("whatspietest: the request has no URL")

// transport serves requests without a connection, with the errors and hooks of a real one.
type transport struct{ server *Server }

// RoundTrip serves the request on the caller's goroutine.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	done := sync.OnceFunc(func() { closeBody(r) })
	defer done()
	if r.URL == nil {
		return nil, errNoURL
	}
	ctx := r.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	tr := traceOf(ctx, r.URL)
	fault, refused := t.admit(r)
	if refused {
		return nil, t.refuse(ctx, tr, fault)
	}
	tr.connected()
	c, err := send(ctx, r, done)
	tr.wrote(err)
	if err != nil {
		return nil, err
	}
	t.server.record(c.Request)
	a, err := t.server.serve(ctx, c, fault, nil)
	if errors.Is(err, errCut) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: io.EOF}
	}
	if err != nil {
		return nil, err
	}
	tr.answered()
	return a.response(ctx, r), nil
}

// admit returns the fault for the request, and reports whether the connection is refused, as on a closed server.
func (t transport) admit(r *http.Request) (Fault, bool) {
	t.server.mu.Lock()
	closed := t.server.closed
	t.server.mu.Unlock()
	if closed {
		return Fault{}, true
	}
	fault := t.server.takeFault(method(r), r.URL.EscapedPath())
	return fault, fault.Refuse
}

func (t transport) refuse(ctx context.Context, tr trace, fault Fault) error {
	if err := pause(ctx, fault.Delay, nil); err != nil {
		return err
	}
	err := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	tr.refused(err)
	return err
}

// send reads the request body, as the network would. Closing the body ends a read that outlives the context.
func send(ctx context.Context, r *http.Request, done func()) (call, error) {
	stop := context.AfterFunc(ctx, done)
	defer stop()
	c, err := newCall(r)
	if ctx.Err() != nil {
		return call{}, context.Cause(ctx)
	}
	return c, err
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // net/http ignores this error too
	}
}

func (a *answer) response(ctx context.Context, r *http.Request) *http.Response {
	response := &http.Response{
		Status:        fmt.Sprintf("%03d %s", a.status, http.StatusText(a.status)),
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        a.header,
		Body:          http.NoBody,
		ContentLength: int64(a.length),
		Request:       r,
	}
	if response.Header.Get("Date") == "" {
		response.Header.Set("Date", now().Format(http.TimeFormat))
	}
	if !a.bodyAllowed(method(r)) {
		response.ContentLength = 0
		return response
	}
	response.Header.Set("Content-Length", strconv.Itoa(a.length))
	response.Body = a.responseBody(func() error { return context.Cause(ctx) })
	return response
}

func (a *answer) responseBody(cause func() error) *responseBody {
	body := &responseBody{data: bytes.NewReader(a.body[:a.sent]), end: io.EOF, cause: cause}
	if a.truncated {
		body.end = io.ErrUnexpectedEOF
	}
	return body
}

// responseBody fails after Close and after the end of the request's context, like a real response body.
type responseBody struct {
	data   *bytes.Reader
	end    error
	cause  func() error
	closed atomic.Bool
}

// Read reads what was sent of the response.
func (b *responseBody) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	if err := b.cause(); err != nil {
		return 0, err
	}
	n, err := b.data.Read(p)
	if errors.Is(err, io.EOF) {
		err = b.end
	}
	return n, err
}

// Close makes later reads fail.
func (b *responseBody) Close() error {
	b.closed.Store(true)
	return nil
}
