package retry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// newRetryingClient returns a client whose http.Client, from go-retryablehttp, retries by itself and without waits.
func newRetryingClient(t *testing.T, url string) *whatspie.Client {
	t.Helper()
	retrying := retryablehttp.NewClient()
	retrying.HTTPClient.Transport = newTransport(t)
	retrying.Logger = nil
	retrying.RetryWaitMin, retrying.RetryWaitMax = time.Microsecond, time.Microsecond
	httpClient := whatspie.WithHTTPClient(retrying.StandardClient())
	return wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), httpClient)
}

func TestRetryingTransport_sendsOncePerAttempt(t *testing.T) {
	t.Parallel()
	for name, respond := range map[string]http.HandlerFunc{
		"503":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"429":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"connection closed": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, gets, posts := countingServer(t, respond)
			client := newRetryingClient(t, url)
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

// Only net/http's own transport may replace a dead idle connection. A transport that retries by itself may already have
// sent the request.
func TestRetryingTransport_sendsWriteOnceOverIdleConnection(t *testing.T) {
	t.Parallel()
	url, _, posts := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"data":[]}`)
	})
	client := newRetryingClient(t, url)
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.EqualValues(t, 1, posts.Load())
}

// failover returns a transport that sends to a closed port, then to the server. The request to the server has the
// context ctx, and so no httptrace.ClientTrace.
func failover(ctx context.Context, combine func(first, second error) error) wiretest.RoundTripFunc {
	return func(r *http.Request) (*http.Response, error) {
		unreachable := r.Clone(r.Context()) //nolint:contextcheck // with the trace of the request, unlike the one below
		unreachable.URL.Host, unreachable.Body = "127.0.0.1:1", http.NoBody
		transport := &http.Transport{DisableKeepAlives: true}
		_, first := transport.RoundTrip(unreachable)
		response, second := transport.RoundTrip(r.WithContext(ctx))
		if second == nil {
			return response, nil
		}
		return nil, combine(first, second)
	}
}

func TestFailoverTransport_isOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, combine := range map[string]func(first, second error) error{
		"second error": func(_, second error) error { return second },
		"both errors":  func(first, second error) error { return errors.Join(first, second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _, posts := countingServer(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			transport := wiretest.WithTransport(failover(t.Context(), combine))
			client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), transport)
			_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
			require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			assert.EqualValues(t, 1, posts.Load())
		})
	}
}

// A transport that wraps net/http, for example to add a header, fails to connect like net/http itself.
func TestWrappedTransport_retriesRefusedConnection(t *testing.T) {
	t.Parallel()
	wrapped := wiretest.WithTransport(wiretest.RoundTripFunc(newTransport(t).RoundTrip))
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL("http://"+closedPort(t)), wrapped)
	_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, 4, wiretest.APIError(t, err).Attempts)
}

// A caller's transport may violate the contract of http.RoundTripper.
func TestTransport_withoutResultIsError(t *testing.T) {
	t.Parallel()
	empty := wiretest.RoundTripFunc(func(*http.Request) (response *http.Response, err error) { return response, err })
	for name, call := range wiretest.Calls(wiretest.NewClient(t, wiretest.NoWaits, wiretest.WithTransport(empty))) {
		want := whatspie.ErrNoResponse
		if wiretest.IsWrite(t, name) {
			want = whatspie.ErrOutcomeUnknown
		}
		wiretest.AssertSentinels(t, call(t.Context()), want)
	}
}
