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
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// withBaseURL directs a transport to a server.
func withBaseURL(t *testing.T, server string) func(*transport.Config) {
	t.Helper()
	base, err := url.Parse(server)
	require.NoError(t, err)
	return func(c *transport.Config) { c.Base, c.AttemptTimeout = base, time.Minute }
}

// countingServer counts the requests that it receives.
func countingServer(t *testing.T, http2 bool, handler http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	count := new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		count.Add(1)
		handler(w, r)
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

// sendTwice sends each request a second time after the first response.
func sendTwice(next http.RoundTripper) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		again := r.Clone(r.Context())
		if r.GetBody != nil {
			again.Body, _ = r.GetBody()
		}
		if response, err := next.RoundTrip(r); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		return next.RoundTrip(again)
	}
}

func TestDo_sendsWriteOnlyOnce(t *testing.T) {
	t.Parallel()
	for name, isHTTP2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, count := countingServer(t, isHTTP2, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
			client := newTransport(t, sendTwice(server.Client().Transport), withBaseURL(t, server.URL))
			const calls = 20
			for range calls {
				request := newRequest("POST")
				request.Body = []byte("{}")
				result := client.Do(t.Context(), request)
				require.ErrorContains(t, result.Err, "would have sent it again")
				require.True(t, result.Sent)
				require.Equal(t, 1, result.Attempts)
				require.False(t, result.Retryable("POST"))
			}
			assert.EqualValues(t, calls, count.Load())
			result := client.Do(t.Context(), newRequest("GET"))
			assert.Equal(t, 3, result.Attempts)
			assert.EqualValues(t, calls+3, count.Load())
		})
	}
}

// sendTwiceDetached is sendTwice with a context that is never canceled.
func sendTwiceDetached(next http.RoundTripper) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		return sendTwice(next)(r.WithContext(context.WithoutCancel(r.Context())))
	}
}

// sendTwiceInParallel gets two connections for a request before it writes to either.
func sendTwiceInParallel(next *http.Transport) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		var connected, done sync.WaitGroup
		connected.Add(2)
		var requests [2]*http.Request
		for i := range requests {
			awaitBoth := sync.OnceFunc(func() { connected.Done(); connected.Wait() }) // net/http may dial a second connection
			trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { awaitBoth() }}
			requests[i] = r.Clone(httptrace.WithClientTrace(r.Context(), trace))
		}
		var responses [2]*http.Response
		var errs [2]error
		for i, request := range requests {
			done.Go(func() { responses[i], errs[i] = next.RoundTrip(request) }) //nolint:bodyclose // the response is returned
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

func TestDo_sendsWriteOnlyOnceThroughUnusualTransports(t *testing.T) {
	t.Parallel()
	for name, isHTTP2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, wrap := range []func(*http.Transport) roundTripper{
				func(next *http.Transport) roundTripper { return sendTwiceDetached(next) },
				sendTwiceInParallel,
			} {
				server, count := countingServer(t, isHTTP2, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
				next, isTransport := server.Client().Transport.(*http.Transport)
				require.True(t, isTransport)
				client := newTransport(t, wrap(next), withBaseURL(t, server.URL))
				const calls = 20
				for range calls {
					result := client.Do(t.Context(), newRequest("POST"))
					require.Error(t, result.Err)
					require.True(t, result.Sent)
					require.False(t, result.Retryable("POST"))
				}
				assert.LessOrEqual(t, count.Load(), int64(calls))
			}
		})
	}
}

// A transport may request a token from another server first, in the context of the request.
func TestDo_allowsReadAfterRequestElsewhere(t *testing.T) {
	t.Parallel()
	other, otherCount := countingServer(t, false, func(http.ResponseWriter, *http.Request) {})
	server, count := countingServer(t, false, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	client := newTransport(t, roundTripper(func(r *http.Request) (*http.Response, error) {
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
	}), withBaseURL(t, server.URL))
	require.NoError(t, client.Do(t.Context(), newRequest("GET")).Err)
	assert.EqualValues(t, 1, otherCount.Load())
	assert.EqualValues(t, 1, count.Load())
}

func TestSent(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: errors.New("refused")}
	withoutTrace := func(err error) http.RoundTripper { return failing(err) }
	withTrace := func(err error, call func(*httptrace.ClientTrace)) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			call(httptrace.ContextClientTrace(r.Context()))
			return nil, err
		})
	}
	connRequested := func(trace *httptrace.ClientTrace) { trace.GetConn("host:443") }
	for name, test := range map[string]struct {
		next http.RoundTripper
		sent bool
	}{
		"no trace":                         {withoutTrace(io.EOF), true},
		"dial error":                       {withoutTrace(dial), false},
		"dial error, wrapped":              {withoutTrace(&url.Error{Err: dial}), false},
		"dial error joined with another":   {withoutTrace(errors.Join(dial, io.EOF)), true},
		"proxy error":                      {withoutTrace(&net.OpError{Op: "proxyconnect", Err: io.EOF}), false},
		"read error":                       {withoutTrace(&net.OpError{Op: "read", Err: io.EOF}), true},
		"certificate error":                {withoutTrace(&tls.CertificateVerificationError{Err: io.EOF}), false},
		"server without TLS":               {withoutTrace(tls.RecordHeaderError{}), false},
		"HTTP response to HTTPS":           {withoutTrace(http.ErrSchemeMismatch), false},
		"connection requested":             {withTrace(io.EOF, connRequested), true},
		"connection requested, dial error": {withTrace(dial, connRequested), false},
		"connected, dial error":            {withTrace(dial, func(trace *httptrace.ClientTrace) { trace.GotConn(httptrace.GotConnInfo{}) }), true},
		"headers written, dial error":      {withTrace(dial, func(trace *httptrace.ClientTrace) { trace.WroteHeaders() }), true},
		"response received, dial error":    {withTrace(dial, func(trace *httptrace.ClientTrace) { trace.GotFirstResponseByte() }), true},
		"http.Transport, dial error": {&http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, io.EOF
		}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := newTransport(t, test.next).Do(t.Context(), newRequest("POST"))
			require.Error(t, result.Err)
			assert.Equal(t, test.sent, result.Sent)
			if test.sent {
				assert.Equal(t, 1, result.Attempts)
				assert.False(t, result.Retryable("POST"))
			}
		})
	}
}
