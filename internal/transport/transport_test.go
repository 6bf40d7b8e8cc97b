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

// newTransport returns a Transport that makes three attempts without waiting between them.
func newTransport(t *testing.T, next http.RoundTripper, changes ...func(*transport.Config)) *transport.Transport {
	t.Helper()
	base, err := url.Parse("https://api.example.com/v1")
	require.NoError(t, err)
	config := transport.Config{
		Base:           base,
		HTTPClient:     &http.Client{Transport: next},
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

// respond returns a RoundTripper whose responses have this status and body.
func respond(status int, body string) roundTripper {
	return func(request *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: request}, nil
	}
}

func readEnvelope(_ int, contentType string, body []byte) (wire.Envelope, error) {
	return wire.Open(contentType, body)
}

func TestDo(t *testing.T) {
	t.Parallel()
	errDecode := errors.New("not a device")
	for name, test := range map[string]struct {
		next      roundTripper
		method    string
		read      func(int, string, []byte) (wire.Envelope, error)
		err       error
		attempts  int
		sent      bool
		retryable bool
	}{
		"success":                  {respond(200, `{"data":1}`), "GET", readEnvelope, nil, 1, true, false},
		"404":                      {respond(404, `{}`), "GET", readEnvelope, transport.ErrReportedFailure, 1, true, false},
		"500 to GET":               {respond(500, ``), "GET", readEnvelope, transport.ErrReportedFailure, 3, true, true},
		"500 to POST":              {respond(500, ``), "POST", readEnvelope, transport.ErrReportedFailure, 1, true, false},
		"redirect":                 {respond(302, ``), "GET", readEnvelope, transport.ErrRedirect, 1, true, false},
		"not modified":             {respond(304, ``), "GET", readEnvelope, transport.ErrUnexpectedStatus, 1, true, false},
		"too large":                {respond(200, strings.Repeat(" ", 101)), "GET", readEnvelope, transport.ErrTooLarge, 1, true, false},
		"HTML":                     {respond(200, `<html>`), "GET", readEnvelope, wire.ErrNotEnvelope, 1, true, false},
		"decoding fails":           {respond(200, `{}`), "GET", func(int, string, []byte) (wire.Envelope, error) { return wire.Envelope{}, errDecode }, errDecode, 1, true, false},
		"connection refused":       {failing(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), "POST", readEnvelope, syscall.ECONNREFUSED, 3, false, true},
		"connection reset in POST": {failing(syscall.ECONNRESET), "POST", readEnvelope, syscall.ECONNRESET, 1, true, false},
		"connection reset in GET":  {failing(syscall.ECONNRESET), "GET", readEnvelope, syscall.ECONNRESET, 3, true, true},
		"invalid method":           {respond(200, `{}`), "G T", readEnvelope, nil, 0, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := newTransport(t, test.next).Do(t.Context(), transport.Request{Method: test.method, Path: "/x", Read: test.read})
			assert.Equal(t, test.attempts, result.Attempts)
			assert.Equal(t, test.sent, result.Sent)
			if name == "invalid method" {
				require.ErrorContains(t, result.Err, "invalid method")
				return
			}
			require.ErrorIs(t, result.Err, test.err)
			assert.Equal(t, test.retryable, result.Retryable(test.method))
			assert.Equal(t, []string{"s3cr3t"}, result.Tokens)
			require.NoError(t, result.ContextErr)
			assert.Positive(t, result.Duration)
		})
	}
}

// failing returns a RoundTripper that fails with err.
func failing(err error) roundTripper {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func TestDo_sendsRequest(t *testing.T) {
	t.Parallel()
	header := http.Header{"X-Trace": {"1"}}
	var seen *http.Request
	client := newTransport(t, roundTripper(func(request *http.Request) (*http.Response, error) {
		seen = request
		return respond(200, `{}`)(request)
	}))
	result := client.Do(t.Context(), transport.Request{Method: "PUT", Path: "/a%2Fb?c=d", Header: header, Body: []byte("{}"), Read: readEnvelope})
	require.NoError(t, result.Err)
	assert.Equal(t, "https://api.example.com/v1/a%2Fb?c=d", seen.URL.String())
	assert.Equal(t, int64(2), seen.ContentLength)
	assert.Equal(t, http.Header{
		"X-Trace": {"1"}, "Authorization": {"Bearer s3cr3t"}, "Accept": {"application/json; charset=utf-8"},
		"User-Agent": {"test"}, "Content-Type": {"application/json"},
	}, seen.Header)
	assert.Equal(t, http.Header{"X-Trace": {"1"}}, header, "the caller's header was changed")
}

// An attempt's timeout and the end of the caller's context are different errors.
func TestDo_distinguishesTimeouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stalled := roundTripper(func(request *http.Request) (*http.Response, error) {
			<-request.Context().Done()
			return nil, request.Context().Err()
		})
		result := newTransport(t, stalled).Do(t.Context(), transport.Request{Method: "GET", Path: "/x", Read: readEnvelope})
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
		result = newTransport(t, stalled).Do(ctx, transport.Request{Method: "GET", Path: "/x", Read: readEnvelope})
		assert.Equal(t, context.DeadlineExceeded, result.ContextErr)
		assert.Equal(t, 1, result.Attempts)
	})
}
