package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// to directs a transport to a server.
func to(t *testing.T, server string) func(*transport.Config) {
	t.Helper()
	base, err := url.Parse(server)
	require.NoError(t, err)
	return func(c *transport.Config) { c.Base = base }
}

func counting(t *testing.T, http2 bool, respond http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	count := new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		count.Add(1)
		respond(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if server.EnableHTTP2 = http2; http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, count
}

// twice repeats each request if the first response is a failure.
func twice(way http.RoundTripper) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		again := r.Clone(r.Context())
		if r.GetBody != nil {
			again.Body, _ = r.GetBody()
		}
		if response, err := way.RoundTrip(r); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		return way.RoundTrip(again)
	}
}

func TestNoRequestIsSentTwice(t *testing.T) {
	t.Parallel()
	for name, isHTTP2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, count := counting(t, isHTTP2, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
			do := answering(t, twice(server.Client().Transport), to(t, server.URL))
			const calls = 20
			for range calls {
				request := read("POST")
				request.Body = []byte("{}")
				result := do.Do(t.Context(), request)
				require.ErrorContains(t, result.Err, "would have sent it again")
				require.True(t, result.Sent)
				require.Equal(t, 1, result.Attempts)
				require.False(t, result.Retryable("POST"))
			}
			assert.EqualValues(t, calls, count.Load())
			result := do.Do(t.Context(), read("GET"))
			assert.Equal(t, 3, result.Attempts)
			assert.EqualValues(t, calls+3, count.Load())
		})
	}
}

// detached sends a request twice, without the cancellation that would stop the second one.
func detached(way http.RoundTripper) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		return twice(way)(r.WithContext(context.WithoutCancel(r.Context())))
	}
}

// atOnce gets two connections for a request before it writes to either.
func atOnce(way *http.Transport) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		var waiting, done sync.WaitGroup
		waiting.Add(2)
		var requests [2]*http.Request
		for i := range requests {
			meet := sync.OnceFunc(func() { waiting.Done(); waiting.Wait() }) // net/http may dial a second connection
			meeting := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { meet() }}
			requests[i] = r.Clone(httptrace.WithClientTrace(r.Context(), meeting))
		}
		var responses [2]*http.Response
		var errs [2]error
		for i, again := range requests {
			done.Go(func() { responses[i], errs[i] = way.RoundTrip(again) }) //nolint:bodyclose // the response is returned
		}
		done.Wait()
		for _, response := range responses {
			if response != nil {
				return response, nil
			}
		}
		return nil, errs[0]
	}
}

func TestNoRequestIsSentTwiceByOddTransports(t *testing.T) {
	t.Parallel()
	for name, isHTTP2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, way := range []func(*http.Transport) roundTripper{
				func(way *http.Transport) roundTripper { return detached(way) },
				atOnce,
			} {
				server, count := counting(t, isHTTP2, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
				below, isTransport := server.Client().Transport.(*http.Transport)
				require.True(t, isTransport)
				do := answering(t, way(below), to(t, server.URL))
				const calls = 20
				for range calls {
					result := do.Do(t.Context(), read("POST"))
					require.Error(t, result.Err)
					require.True(t, result.Sent)
					require.False(t, result.Retryable("POST"))
				}
				assert.LessOrEqual(t, count.Load(), int64(calls))
			}
		})
	}
}

func TestReadsMayGoElsewhereFirst(t *testing.T) {
	t.Parallel()
	other, before := counting(t, false, func(http.ResponseWriter, *http.Request) {})
	server, count := counting(t, false, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	do := answering(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		first, err := http.NewRequestWithContext(r.Context(), http.MethodGet, other.URL, http.NoBody)
		if err != nil {
			return nil, err
		}
		response, err := other.Client().Transport.RoundTrip(first)
		if err != nil {
			return nil, err
		}
		_ = response.Body.Close()
		return server.Client().Transport.RoundTrip(r)
	}), to(t, server.URL))
	require.NoError(t, do.Do(t.Context(), read("GET")).Err)
	assert.EqualValues(t, 1, before.Load())
	assert.EqualValues(t, 1, count.Load())
}

func TestSent(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: errors.New("refused")}
	silent := func(err error) http.RoundTripper { return failing(err) }
	hooked := func(err error, call func(*httptrace.ClientTrace)) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			call(httptrace.ContextClientTrace(r.Context()))
			return nil, err
		})
	}
	wanted := func(trace *httptrace.ClientTrace) { trace.GetConn("host:443") }
	for name, test := range map[string]struct {
		way  http.RoundTripper
		sent bool
	}{
		"no trace":                    {silent(io.EOF), true},
		"dial":                        {silent(dial), false},
		"dial, wrapped":               {silent(&url.Error{Err: dial}), false},
		"dial, and another":           {silent(errors.Join(dial, io.EOF)), true},
		"proxy":                       {silent(&net.OpError{Op: "proxyconnect", Err: io.EOF}), false},
		"read":                        {silent(&net.OpError{Op: "read", Err: io.EOF}), true},
		"certificate":                 {silent(&tls.CertificateVerificationError{Err: io.EOF}), false},
		"no TLS":                      {silent(tls.RecordHeaderError{}), false},
		"no TLS, as net/http says it": {silent(http.ErrSchemeMismatch), false},
		"a connection was wanted":     {hooked(io.EOF, wanted), true},
		"wanted, and not dialed":      {hooked(dial, wanted), false},
		"got":                         {hooked(dial, func(trace *httptrace.ClientTrace) { trace.GotConn(httptrace.GotConnInfo{}) }), true},
		"written":                     {hooked(dial, func(trace *httptrace.ClientTrace) { trace.WroteHeaders() }), true},
		"answered":                    {hooked(dial, func(trace *httptrace.ClientTrace) { trace.GotFirstResponseByte() }), true},
		"net/http's own": {&http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, io.EOF
		}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := answering(t, test.way).Do(t.Context(), read("POST"))
			require.Error(t, result.Err)
			assert.Equal(t, test.sent, result.Sent)
			if test.sent {
				assert.Equal(t, 1, result.Attempts)
				assert.False(t, result.Retryable("POST"))
			}
		})
	}
}
