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
	closeOnce := sync.OnceFunc(func() { closeBody(r) })
	defer closeOnce()
	if r.URL == nil {
		return nil, errNoURL
	}
	ctx := r.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	tr := startTrace(ctx, r.URL)
	fault, refused := t.takeFault(r)
	if refused {
		return nil, t.refuse(ctx, tr, fault)
	}
	tr.connectDone(nil)
	tr.gotConn()
	req, err := send(ctx, r, closeOnce)
	tr.wroteRequest(err)
	if err != nil {
		return nil, err
	}
	t.server.record(req.Request)
	resp, err := t.server.serve(ctx, req, fault, nil)
	if errors.Is(err, errCut) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: io.EOF}
	}
	if err != nil {
		return nil, err
	}
	tr.gotResponse()
	return resp.toHTTP(ctx, r), nil
}

// takeFault returns the fault that applies to the request. It reports whether the connection is refused, by the fault
// or because the server is closed.
func (t transport) takeFault(r *http.Request) (Fault, bool) {
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
	tr.connectDone(err)
	return err
}

// send reads the request with its body. When the context ends, it closes the body, which ends a blocked read.
func send(ctx context.Context, r *http.Request, closeOnce func()) (receivedRequest, error) {
	stop := context.AfterFunc(ctx, closeOnce)
	defer stop()
	req, err := readRequest(r)
	if ctx.Err() != nil {
		return receivedRequest{}, context.Cause(ctx)
	}
	return req, err
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // net/http ignores this error too
	}
}

func (r *response) toHTTP(ctx context.Context, req *http.Request) *http.Response {
	resp := &http.Response{
		Status:        fmt.Sprintf("%03d %s", r.status, http.StatusText(r.status)),
		StatusCode:    r.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.header,
		Body:          http.NoBody,
		ContentLength: int64(r.contentLength),
		Request:       req,
	}
	if resp.Header.Get("Date") == "" {
		resp.Header.Set("Date", now().Format(http.TimeFormat))
	}
	if !r.bodyAllowed(method(req)) {
		resp.ContentLength = 0
		return resp
	}
	resp.Header.Set("Content-Length", strconv.Itoa(r.contentLength))
	resp.Body = r.responseBody(func() error { return context.Cause(ctx) })
	return resp
}

func (r *response) responseBody(cause func() error) *responseBody {
	body := &responseBody{data: bytes.NewReader(r.body[:r.sent]), end: io.EOF, cause: cause}
	if r.truncated {
		body.end = io.ErrUnexpectedEOF
	}
	return body
}

// responseBody fails after Close and after the end of the request's context, as the body of a connection does.
type responseBody struct {
	data   *bytes.Reader
	end    error        // the error after the last byte
	cause  func() error // why the context ended, or nil
	closed atomic.Bool
}

// Read reads the bytes that were sent.
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
