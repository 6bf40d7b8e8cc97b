package transport_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }

// sequence returns each error once, then always the last one.
func sequence(errs ...error) func(context.Context) error {
	return func(context.Context) error {
		err := errs[0]
		errs = errs[min(1, len(errs)-1):]
		return err
	}
}

// newRequest returns a request whose response may have any body.
func newRequest(method string) transport.Request {
	return transport.Request{Method: method, Path: "/devices/7/x?y=1", Read: func(int, string, []byte) (wire.Envelope, error) {
		return wire.Envelope{}, nil
	}}
}

// If the limiter or the token source fails, no attempt is sent. For the first attempt, that error is the call's; for a
// later one, it is reported beside the error of the previous attempt.
func TestDo_attemptNotSent(t *testing.T) {
	t.Parallel()
	reason := errors.New("reason")
	limiter := func(wait func(context.Context) error) func(*transport.Config) {
		return func(c *transport.Config) { c.Limiter = limiterFunc(wait) }
	}
	tokenSource := func(wait func(context.Context) error, token string) func(*transport.Config) {
		return func(c *transport.Config) {
			c.Token = func(ctx context.Context) (string, error) { return token, wait(ctx) }
		}
	}
	for name, test := range map[string]struct {
		change   func(*transport.Config)
		err      error
		attempts int
	}{
		"limiter fails":                   {limiter(sequence(reason)), transport.ErrLimiter, 0},
		"limiter fails before attempt 2":  {limiter(sequence(nil, reason)), transport.ErrLimiter, 1},
		"limiter fails before attempt 3":  {limiter(sequence(nil, nil, reason)), transport.ErrLimiter, 2},
		"token source fails":              {tokenSource(sequence(reason), "s3cr3t"), transport.ErrToken, 0},
		"token source fails on attempt 2": {tokenSource(sequence(nil, reason), "s3cr3t"), transport.ErrToken, 1},
		"unusable token":                  {tokenSource(sequence(nil), "a b"), transport.ErrToken, 0},
		"nothing fails":                   {limiter(sequence(nil)), nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := newTransport(t, respond(503, ""), test.change).Do(t.Context(), newRequest("GET"))
			assert.Equal(t, test.attempts, result.Attempts)
			if test.attempts == 0 {
				require.ErrorIs(t, result.Err, test.err)
				require.NoError(t, result.RetryErr)
				assert.False(t, result.Sent)
				return
			}
			require.ErrorIs(t, result.Err, transport.ErrReportedFailure)
			require.ErrorIs(t, result.RetryErr, test.err)
			assert.Equal(t, 503, result.StatusCode)
		})
	}
}

// A limiter need not check the context.
func TestDo_sendsNothingAfterContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	canceling := newTransport(t, respond(200, "{}"), func(c *transport.Config) {
		c.Limiter = limiterFunc(func(context.Context) error { cancel(); return nil })
	})
	result := canceling.Do(ctx, newRequest("POST"))
	require.ErrorIs(t, result.Err, context.Canceled)
	assert.Zero(t, result.Attempts)
	assert.False(t, result.Sent)
	result = canceling.Do(ctx, newRequest("POST"))
	assert.Equal(t, context.Canceled, result.ContextErr)
}

func TestDo_newTokenForEachAttempt(t *testing.T) {
	t.Parallel()
	tokens := []string{"tok-1", "tok-2", "tok-2"}
	var sent, operations []string
	result := newTransport(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header.Get("Authorization"))
		operations = append(operations, transport.Operation(r.Context()))
		return respond(500, "")(r)
	}), func(c *transport.Config) {
		c.Token = func(context.Context) (string, error) { return tokens[len(sent)], nil }
	}).Do(t.Context(), newRequest("GET"))
	assert.Equal(t, []string{"Bearer tok-1", "Bearer tok-2", "Bearer tok-2"}, sent)
	assert.Equal(t, []string{"tok-1", "tok-2"}, result.Tokens)
	assert.Equal(t, []string{"GET /devices/{id}/x", "GET /devices/{id}/x", "GET /devices/{id}/x"}, operations)
	assert.Empty(t, transport.Operation(t.Context()))
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	const requestURL = "https://api.example.com/v1/devices/7/x?y=1"
	for name, test := range map[string]struct {
		location, method string
		checkRedirect    func(*http.Request, []*http.Request) error
		urls             []string
		err              error
	}{
		"same origin":   {location: "https://API.example.com:443/b", urls: []string{requestURL, "https://API.example.com:443/b"}},
		"relative":      {location: "/b", urls: []string{requestURL, "https://api.example.com/b"}},
		"other host":    {location: "https://evil.com/b", urls: []string{requestURL}, err: transport.ErrRedirect},
		"other port":    {location: "https://api.example.com:444/b", urls: []string{requestURL}, err: transport.ErrRedirect},
		"other scheme":  {location: "http://api.example.com/b", urls: []string{requestURL}, err: transport.ErrRedirect},
		"user info":     {location: "https://u@api.example.com/b", urls: []string{requestURL}, err: transport.ErrRedirect},
		"malformed URL": {location: "https://a b/%zz", urls: []string{requestURL}, err: transport.ErrRedirect},
		"POST":          {location: "/b", method: "POST", urls: []string{requestURL}, err: transport.ErrRedirect},
		"CheckRedirect fails": {
			location: "/b", urls: []string{requestURL}, err: transport.ErrRedirect,
			checkRedirect: func(*http.Request, []*http.Request) error { return errors.New("no redirects") },
		},
		"CheckRedirect allows": {
			location: "/b", urls: []string{requestURL, "https://api.example.com/b"},
			checkRedirect: func(*http.Request, []*http.Request) error { return nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var urls []string
			client := newTransport(t, nil, func(c *transport.Config) {
				c.HTTPClient = &http.Client{CheckRedirect: test.checkRedirect, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					urls = append(urls, r.URL.String())
					assert.Equal(t, "Bearer s3cr3t", r.Header.Get("Authorization"))
					response, err := respond(200, "{}")(r)
					if len(urls) == 1 {
						response.StatusCode = http.StatusFound
						response.Header.Set("Location", test.location)
					}
					return response, err
				})}
			})
			if test.method == "" {
				test.method = "GET"
			}
			result := client.Do(t.Context(), newRequest(test.method))
			assert.Equal(t, test.urls, urls)
			require.ErrorIs(t, result.Err, test.err)
			assert.Equal(t, 1, result.Attempts)
			assert.True(t, result.Sent)
		})
	}
}

func TestRedirects_limit(t *testing.T) {
	t.Parallel()
	requests := 0
	result := newTransport(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		requests++
		response, err := respond(302, "")(r)
		response.Header.Set("Location", "/again")
		return response, err
	})).Do(t.Context(), newRequest("GET"))
	require.ErrorIs(t, result.Err, transport.ErrRedirect)
	assert.Equal(t, 4, requests)
}

// A client without a transport uses http.DefaultTransport.
func TestNew_copiesHTTPClient(t *testing.T) {
	t.Parallel()
	callers := &http.Client{Timeout: time.Minute}
	var config transport.Config
	newTransport(t, nil, func(c *transport.Config) { c.HTTPClient = callers; c.AttemptTimeout = time.Hour; config = *c })
	assert.Equal(t, &http.Client{Timeout: time.Minute}, callers)
	assert.Equal(t, time.Minute, transport.New(config).AttemptTimeout)

	unknownScheme := newTransport(t, nil, func(c *transport.Config) { c.HTTPClient, c.Base.Scheme = &http.Client{}, "unknown" })
	require.ErrorContains(t, unknownScheme.Do(t.Context(), newRequest("GET")).Err, "unsupported protocol scheme")
}

func TestDo_logsAttempts(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	handler := slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "wait" {
			return slog.Attr{}
		}
		return a
	}})
	newTransport(t, failing(io.ErrUnexpectedEOF), func(c *transport.Config) {
		c.Logger = slog.New(handler)
		c.Limiter = limiterFunc(sequence(nil, errors.New("s3cr3t")))
	}).Do(t.Context(), newRequest("GET"))
	assert.Equal(t, `level=DEBUG msg="whatspie: attempt" method=GET path=/devices/7/x attempt=1 status=0 error="unexpected EOF"
level=WARN msg="whatspie: retry" method=GET path=/devices/7/x attempt=1 status=0 error="unexpected EOF"
level=DEBUG msg="whatspie: attempt" method=GET path=/devices/7/x attempt=2 status=0 error="limiter refused: [redacted]"
`, text.String())
}
