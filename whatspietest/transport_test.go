package whatspietest_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/whatspietest"
)

// recordHooks returns hooks that append their calls to events.
func recordHooks(events *[]string) *httptrace.ClientTrace {
	record := func(event string) { *events = append(*events, event) }
	recordResult := func(event string, err error) {
		if err != nil {
			event += " failed"
		}
		record(event)
	}
	return &httptrace.ClientTrace{
		GetConn:      func(addr string) { record("GetConn " + addr) },
		ConnectStart: func(_, addr string) { record("ConnectStart " + addr) },
		ConnectDone:  func(_, _ string, err error) { recordResult("ConnectDone", err) },
		GotConn: func(info httptrace.GotConnInfo) {
			_ = info.Conn.RemoteAddr().String()
			record("GotConn")
		},
		WroteHeaders:         func() { record("WroteHeaders") },
		WroteRequest:         func(info httptrace.WroteRequestInfo) { recordResult("WroteRequest", info.Err) },
		GotFirstResponseByte: func() { record("GotFirstResponseByte") },
	}
}

func TestTransport_callsTraceHooks(t *testing.T) {
	t.Parallel()
	const addr = "127.0.0.1:0"
	connecting := func(more ...string) []string {
		return append([]string{"GetConn " + addr, "ConnectStart " + addr}, more...)
	}
	sent := func(more ...string) []string {
		return connecting(append([]string{"ConnectDone", "GotConn", "WroteHeaders"}, more...)...)
	}
	tests := []struct {
		name  string
		fault whatspietest.Fault
		body  io.Reader
		want  []string
	}{
		{"response received", whatspietest.Fault{}, http.NoBody, sent("WroteRequest", "GotFirstResponseByte")},
		{"connection dropped", whatspietest.Fault{Drop: true}, http.NoBody, sent("WroteRequest")},
		{"connection refused", whatspietest.Fault{Refuse: true}, http.NoBody, connecting("ConnectDone failed")},
		{"body cannot be read", whatspietest.Fault{}, iotest.ErrReader(io.ErrNoProgress), sent("WroteRequest failed")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t)
			srv.Inject(test.fault)
			var events []string
			ctx := httptrace.WithClientTrace(t.Context(), recordHooks(&events))
			r := srv.request(t, http.MethodPost, "/devices", "").WithContext(ctx)
			r.Body = io.NopCloser(test.body)
			_, err := srv.try(r)
			assert.Equal(t, test.name != "response received", err != nil)
			assert.Equal(t, test.want, events)
		})
	}
}

func TestTransport_traceAddress(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"http://example.com/":       "example.com:80",
		"https://example.com/":      "example.com:443",
		"https://example.com:8443/": "example.com:8443",
		"http://[::1]/":             "[::1]:80",
	} {
		srv := withoutSocket(t)
		var events []string
		ctx := httptrace.WithClientTrace(t.Context(), recordHooks(&events))
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, srv.do(t, r).status, "every host is served")
		assert.Equal(t, "GetConn "+want, events[0])
	}
}

func TestTransport_errors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault    whatspietest.Fault
		op       string
		err      error
		recorded int
	}{
		{whatspietest.Fault{Drop: true}, "read", io.EOF, 1},
		{whatspietest.Fault{Lose: true}, "read", io.EOF, 1},
		{whatspietest.Fault{Refuse: true}, "dial", syscall.ECONNREFUSED, 0},
	}
	for _, test := range tests {
		t.Run(test.op, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t)
			srv.Inject(test.fault)
			_, err := srv.try(srv.request(t, http.MethodGet, "/devices", ""))
			var op *net.OpError
			require.ErrorAs(t, err, &op)
			assert.Equal(t, test.op, op.Op)
			require.ErrorIs(t, err, test.err)
			assert.Len(t, srv.Requests(), test.recorded)
		})
	}
}

func TestTransport_response(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	r := srv.request(t, "", "/devices", "")
	r.Method, r.Body = "", nil
	response, err := srv.Transport().RoundTrip(r)
	require.NoError(t, err)
	assert.Equal(t, "200 OK", response.Status)
	assert.Equal(t, "HTTP/1.1", response.Proto)
	assert.Equal(t, int64(len(emptyList)), response.ContentLength)
	assert.Same(t, r, response.Request)
	require.NoError(t, response.Body.Close())
	_, err = response.Body.Read(make([]byte, 1))
	require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
	assert.Equal(t, http.MethodGet, srv.Requests()[0].Method)
}

func TestTransport_endsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t)
		ctx, cancel := context.WithCancel(t.Context())
		r := srv.request(t, http.MethodGet, "/devices", "").WithContext(ctx)
		response, err := srv.Transport().RoundTrip(r)
		require.NoError(t, err)
		cancel()
		_, err = io.ReadAll(response.Body)
		require.ErrorIs(t, err, context.Canceled, "reading the body fails after the context has ended")
		require.NoError(t, response.Body.Close())

		srv.Inject(whatspietest.Fault{Status: http.StatusTeapot})
		_, err = srv.try(r)
		require.ErrorIs(t, err, context.Canceled)
		assert.Len(t, srv.Requests(), 1)
		assert.Equal(t, http.StatusTeapot, srv.send(t, http.MethodGet, "/devices", "").status, "the fault is not used up")
	})
}

func TestTransport_contextEndsDuringRequestBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r := srv.request(t, http.MethodPost, "/devices", "").WithContext(ctx)
		r.Body, _ = io.Pipe() // never written to
		began := time.Now()
		_, err := srv.try(r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Empty(t, srv.Requests())
	})
}

// countingBody counts the calls of Close.
type countingBody struct {
	io.Reader

	closed int
}

func (b *countingBody) Close() error { b.closed++; return errCause }

func TestTransport_closesRequestBodyOnce(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	srv.Inject(whatspietest.Fault{Refuse: true})
	for range 2 {
		body := &countingBody{Reader: strings.NewReader(newDevice)}
		r := srv.request(t, http.MethodPost, "/devices", "")
		r.Body = body
		response, err := srv.Transport().RoundTrip(r)
		if err == nil {
			require.NoError(t, response.Body.Close())
		}
		assert.Equal(t, 1, body.closed)
	}
}

func TestTransport_withoutURL(t *testing.T) {
	t.Parallel()
	for _, target := range []*url.URL{nil, {}} {
		response, err := withoutSocket(t).Transport().RoundTrip(&http.Request{URL: target})
		if target == nil {
			require.Error(t, err)
			continue
		}
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
}
