package transport_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// answering returns a transport over a function, without waits.
func answering(t *testing.T, answer http.RoundTripper, changes ...func(*transport.Config)) *transport.Transport {
	t.Helper()
	base, err := url.Parse("https://api.example.com/v1")
	require.NoError(t, err)
	config := transport.Config{
		Base:           base,
		HTTPClient:     &http.Client{Transport: answer},
		Token:          func(context.Context) (string, error) { return "s3cr3t", nil },
		Policy:         transport.Policy{MaxAttempts: 3, MinWait: 1, MaxWait: 1, MaxRetryAfter: 1},
		AttemptTimeout: time.Second,
		MaxBytes:       100,
		Logger:         slog.New(slog.DiscardHandler),
		UserAgent:      "test",
	}
	for _, change := range changes {
		change(&config)
	}
	return transport.New(config)
}

func get(status int, body string) roundTripper {
	return func(request *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: request}, nil
	}
}

func accept(_ int, contentType string, body []byte) (wire.Envelope, error) {
	return wire.Open(contentType, body)
}

func TestDoTellsWhatCameOfACall(t *testing.T) {
	t.Parallel()
	refuse := errors.New("not what was asked for")
	for name, test := range map[string]struct {
		answer   roundTripper
		method   string
		read     func(int, string, []byte) (wire.Envelope, error)
		err      error
		attempts int
		sent     bool
		again    bool
	}{
		"success":         {get(200, `{"data":1}`), "GET", accept, nil, 1, true, false},
		"refusal":         {get(404, `{}`), "GET", accept, transport.ErrRefused, 1, true, false},
		"server error":    {get(500, ``), "GET", accept, transport.ErrRefused, 3, true, true},
		"of a write":      {get(500, ``), "POST", accept, transport.ErrRefused, 1, true, false},
		"redirect":        {get(302, ``), "GET", accept, transport.ErrRedirect, 1, true, false},
		"not modified":    {get(304, ``), "GET", accept, transport.ErrNeither, 1, true, false},
		"too large":       {get(200, strings.Repeat(" ", 101)), "GET", accept, transport.ErrTooLarge, 1, true, false},
		"alien":           {get(200, `<html>`), "GET", accept, wire.ErrNotEnvelope, 1, true, false},
		"decoding":        {get(200, `{}`), "GET", func(int, string, []byte) (wire.Envelope, error) { return wire.Envelope{}, refuse }, refuse, 1, true, false},
		"dial":            {failing(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), "POST", accept, syscall.ECONNREFUSED, 3, false, true},
		"reset":           {failing(syscall.ECONNRESET), "POST", accept, syscall.ECONNRESET, 1, true, false},
		"reset of a read": {failing(syscall.ECONNRESET), "GET", accept, syscall.ECONNRESET, 3, true, true},
		"bad method":      {get(200, `{}`), "G T", accept, nil, 0, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := answering(t, test.answer).Do(t.Context(), transport.Request{Method: test.method, Path: "/x", Read: test.read})
			assert.Equal(t, test.attempts, result.Attempts)
			assert.Equal(t, test.sent, result.Sent)
			if name == "bad method" {
				require.ErrorContains(t, result.Err, "invalid method")
				return
			}
			require.ErrorIs(t, result.Err, test.err)
			assert.Equal(t, test.again, result.Retryable(test.method))
			assert.Equal(t, []string{"s3cr3t"}, result.Tokens)
			require.NoError(t, result.ContextErr)
			assert.Positive(t, result.Duration)
		})
	}
}

func failing(err error) roundTripper {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func TestDoSendsTheRequest(t *testing.T) {
	t.Parallel()
	header := http.Header{"X-Trace": {"1"}}
	var seen *http.Request
	do := answering(t, roundTripper(func(request *http.Request) (*http.Response, error) {
		seen = request
		return get(200, `{}`)(request)
	}))
	result := do.Do(t.Context(), transport.Request{Method: "PUT", Path: "/a%2Fb?c=d", Header: header, Body: []byte("{}"), Read: accept})
	require.NoError(t, result.Err)
	assert.Equal(t, "https://api.example.com/v1/a%2Fb?c=d", seen.URL.String())
	assert.Equal(t, int64(2), seen.ContentLength)
	assert.Equal(t, http.Header{
		"X-Trace": {"1"}, "Authorization": {"Bearer s3cr3t"}, "Accept": {"application/json; charset=utf-8"},
		"User-Agent": {"test"}, "Content-Type": {"application/json"},
	}, seen.Header)
	assert.Equal(t, http.Header{"X-Trace": {"1"}}, header, "the caller's header is left alone")
}

// The attempt's own timeout is distinguishable from the caller's context.
func TestTimeoutsAreToldApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stalled := roundTripper(func(request *http.Request) (*http.Response, error) {
			<-request.Context().Done()
			return nil, request.Context().Err()
		})
		result := answering(t, stalled).Do(t.Context(), transport.Request{Method: "GET", Path: "/x", Read: accept})
		require.EqualError(t, result.Err, "attempt timed out")
		require.ErrorIs(t, result.Err, context.DeadlineExceeded)
		require.NotErrorIs(t, result.Err, context.Canceled)
		require.NoError(t, result.ContextErr)
		var timeout interface {
			Timeout() bool
			Temporary() bool
		}
		require.ErrorAs(t, result.Err, &timeout)
		assert.True(t, timeout.Timeout())
		assert.True(t, timeout.Temporary())

		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		result = answering(t, stalled).Do(ctx, transport.Request{Method: "GET", Path: "/x", Read: accept})
		assert.Equal(t, context.DeadlineExceeded, result.ContextErr)
		assert.Equal(t, 1, result.Attempts)
	})
}
