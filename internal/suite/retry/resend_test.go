package retry_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// counting is a server that responds to every request in the same way, and counts them by method.
func counting(t *testing.T, respond http.HandlerFunc) (url string, gets, posts *atomic.Int64) {
	t.Helper()
	gets, posts = new(atomic.Int64), new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			posts.Add(1)
		} else {
			gets.Add(1)
		}
		respond(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, gets, posts
}

// retrying is the http.Client that go-retryablehttp offers for use below others, without its waits.
func retrying(way http.RoundTripper) whatspie.Option {
	below := retryablehttp.NewClient()
	below.HTTPClient.Transport = way
	below.Logger = nil
	below.RetryWaitMin, below.RetryWaitMax = time.Microsecond, time.Microsecond
	return whatspie.WithHTTPClient(below.StandardClient())
}

func TestTransportsThatRetryDoNotSendTwice(t *testing.T) {
	t.Parallel()
	for name, respond := range map[string]http.HandlerFunc{
		"503":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"429":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"connection closed": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, gets, posts := counting(t, respond)
			way := &http.Transport{}
			t.Cleanup(way.CloseIdleConnections)
			client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), retrying(way))
			const calls = 20 // later calls may reuse an idle connection or dial a new one
			for range calls {
				_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
				require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
				require.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			}
			assert.EqualValues(t, calls, posts.Load())

			for range calls {
				_, err := client.Devices.Get(t.Context(), 7)
				require.Equal(t, 4, wiretest.APIError(t, err).Attempts)
				require.True(t, wiretest.APIError(t, err).Retryable())
				_, err = client.Devices.Get(t.Context(), 7, whatspie.WithoutRetry())
				require.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			}
			assert.EqualValues(t, calls*5, gets.Load(), "each request is an attempt")
		})
	}
}

// The transport below retries by itself, so a reused first connection does not prove that nothing was sent.
func TestTransportsThatRetryDoNotSendTwiceOverAKeptConnection(t *testing.T) {
	t.Parallel()
	url, _, posts := counting(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"data":[]}`)
	})
	way := &http.Transport{}
	t.Cleanup(way.CloseIdleConnections)
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), retrying(way))
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.EqualValues(t, 1, posts.Load())
}

// failOver tries an unreachable address, then the server, without a trace.
func failOver(ctx context.Context, err func(first, second error) error) wiretest.RoundTripFunc {
	return func(r *http.Request) (*http.Response, error) {
		dead := r.Clone(r.Context()) //nolint:contextcheck // with the trace of the request, unlike the one below
		dead.URL.Host, dead.Body = "127.0.0.1:1", http.NoBody
		way := &http.Transport{DisableKeepAlives: true}
		_, first := way.RoundTrip(dead)
		response, second := way.RoundTrip(r.WithContext(ctx))
		if second == nil {
			return response, nil
		}
		return nil, err(first, second)
	}
}

func TestAnIncompleteTraceProvesNothing(t *testing.T) {
	t.Parallel()
	for name, combine := range map[string]func(first, second error) error{
		"the second error": func(_, second error) error { return second },
		"both errors":      func(first, second error) error { return errors.Join(first, second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _, posts := counting(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), wiretest.WithTransport(failOver(t.Context(), combine)))
			_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
			require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			assert.EqualValues(t, 1, posts.Load())
		})
	}
}

// A transport that only adds a header fails to connect like net/http.
func TestWritesAreSentAgainThroughAWrapper(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	way := &http.Transport{}
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL("http://"+listener.Addr().String()), wiretest.WithTransport(wiretest.RoundTripFunc(way.RoundTrip)))
	_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, 4, wiretest.APIError(t, err).Attempts)
}
