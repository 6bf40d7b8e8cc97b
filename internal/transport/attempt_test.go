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

// inTurn returns each error once, then the last one forever.
func inTurn(errs ...error) func(context.Context) error {
	return func(context.Context) error {
		err := errs[0]
		errs = errs[min(1, len(errs)-1):]
		return err
	}
}

func read(method string) transport.Request {
	return transport.Request{Method: method, Path: "/devices/7/x?y=1", Read: func(int, string, []byte) (wire.Envelope, error) { return wire.Envelope{}, nil }}
}

// The reason for not sending the first attempt is the call's error; for a later one it is added to the previous error.
func TestHeldBack(t *testing.T) {
	t.Parallel()
	why := errors.New("why")
	limit := func(wait func(context.Context) error) func(*transport.Config) {
		return func(c *transport.Config) { c.Limiter = limiterFunc(wait) }
	}
	source := func(wait func(context.Context) error, token string) func(*transport.Config) {
		return func(c *transport.Config) {
			c.Token = func(ctx context.Context) (string, error) { return token, wait(ctx) }
		}
	}
	for name, test := range map[string]struct {
		change   func(*transport.Config)
		err      error
		attempts int
	}{
		"limiter":             {limit(inTurn(why)), transport.ErrLimiter, 0},
		"limiter, second":     {limit(inTurn(nil, why)), transport.ErrLimiter, 1},
		"source":              {source(inTurn(why), "s3cr3t"), transport.ErrToken, 0},
		"source, second":      {source(inTurn(nil, why), "s3cr3t"), transport.ErrToken, 1},
		"unusable token":      {source(inTurn(nil), "a b"), transport.ErrBadToken, 0},
		"limiter, third":      {limit(inTurn(nil, nil, why)), transport.ErrLimiter, 2},
		"neither holds it up": {limit(inTurn(nil)), nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := answering(t, get(503, ""), test.change).Do(t.Context(), read("GET"))
			assert.Equal(t, test.attempts, result.Attempts)
			if test.attempts == 0 {
				require.ErrorIs(t, result.Err, test.err)
				require.NoError(t, result.HeldBack)
				assert.False(t, result.Sent)
				return
			}
			require.ErrorIs(t, result.Err, transport.ErrRefused)
			require.ErrorIs(t, result.HeldBack, test.err)
			assert.Equal(t, 503, result.StatusCode)
		})
	}
}

// Neither a limiter nor a transport has to check the context.
func TestNothingIsSentAfterTheContextEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	late := answering(t, get(200, "{}"), func(c *transport.Config) {
		c.Limiter = limiterFunc(func(context.Context) error { cancel(); return nil })
	})
	result := late.Do(ctx, read("POST"))
	require.ErrorIs(t, result.Err, context.Canceled)
	assert.Zero(t, result.Attempts)
	assert.False(t, result.Sent)
	result = late.Do(ctx, read("POST"))
	assert.Equal(t, context.Canceled, result.ContextErr)
}

func TestEveryAttemptHasItsOwnTokenAndOperation(t *testing.T) {
	t.Parallel()
	tokens := []string{"tok-1", "tok-2", "tok-2"}
	var sent, operations []string
	result := answering(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header.Get("Authorization"))
		operations = append(operations, transport.Operation(r.Context()))
		return get(500, "")(r)
	}), func(c *transport.Config) {
		c.Token = func(context.Context) (string, error) { return tokens[len(sent)], nil }
	}).Do(t.Context(), read("GET"))
	assert.Equal(t, []string{"Bearer tok-1", "Bearer tok-2", "Bearer tok-2"}, sent)
	assert.Equal(t, []string{"tok-1", "tok-2"}, result.Tokens)
	assert.Equal(t, []string{"GET /devices/{id}/x", "GET /devices/{id}/x", "GET /devices/{id}/x"}, operations)
	assert.Empty(t, transport.Operation(t.Context()))
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	const here = "https://api.example.com/v1/devices/7/x?y=1"
	for name, test := range map[string]struct {
		location, method string
		own              func(*http.Request, []*http.Request) error
		urls             []string
		err              error
	}{
		"same origin":    {location: "https://API.example.com:443/b", urls: []string{here, "https://API.example.com:443/b"}},
		"relative":       {location: "/b", urls: []string{here, "https://api.example.com/b"}},
		"other host":     {location: "https://evil.com/b", urls: []string{here}, err: transport.ErrRedirect},
		"other port":     {location: "https://api.example.com:444/b", urls: []string{here}, err: transport.ErrRedirect},
		"other scheme":   {location: "http://api.example.com/b", urls: []string{here}, err: transport.ErrRedirect},
		"with a user":    {location: "https://u@api.example.com/b", urls: []string{here}, err: transport.ErrRedirect},
		"cannot be read": {location: "https://a b/%zz", urls: []string{here}, err: transport.ErrRedirect},
		"a write":        {location: "/b", method: "POST", urls: []string{here}, err: transport.ErrRedirect},
		"own rule": {
			location: "/b", urls: []string{here}, err: transport.ErrRedirect,
			own: func(*http.Request, []*http.Request) error { return errors.New("not there") },
		},
		"own rule allows": {
			location: "/b", urls: []string{here, "https://api.example.com/b"},
			own: func(*http.Request, []*http.Request) error { return nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var urls []string
			do := answering(t, nil, func(c *transport.Config) {
				c.HTTPClient = &http.Client{CheckRedirect: test.own, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					urls = append(urls, r.URL.String())
					assert.Equal(t, "Bearer s3cr3t", r.Header.Get("Authorization"))
					response, err := get(200, "{}")(r)
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
			result := do.Do(t.Context(), read(test.method))
			assert.Equal(t, test.urls, urls)
			require.ErrorIs(t, result.Err, test.err)
			assert.Equal(t, 1, result.Attempts)
			assert.True(t, result.Sent)
		})
	}
}

func TestRedirectsEndAfterThree(t *testing.T) {
	t.Parallel()
	hops := 0
	result := answering(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		hops++
		response, err := get(302, "")(r)
		response.Header.Set("Location", "/again")
		return response, err
	})).Do(t.Context(), read("GET"))
	require.ErrorIs(t, result.Err, transport.ErrRedirect)
	assert.Equal(t, 4, hops)
}

// The caller's http.Client is copied; without a transport of its own it is http.DefaultTransport's.
func TestTheHTTPClientIsCopied(t *testing.T) {
	t.Parallel()
	theirs := &http.Client{Timeout: time.Minute}
	var config transport.Config
	answering(t, nil, func(c *transport.Config) { c.HTTPClient = theirs; c.AttemptTimeout = time.Hour; config = *c })
	assert.Equal(t, &http.Client{Timeout: time.Minute}, theirs)
	assert.Equal(t, time.Minute, transport.New(config).AttemptTimeout)

	unsent := answering(t, nil, func(c *transport.Config) { c.HTTPClient, c.Base.Scheme = &http.Client{}, "unknown" })
	require.ErrorContains(t, unsent.Do(t.Context(), read("GET")).Err, "unsupported protocol scheme")
}

func TestLog(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	handler := slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "wait" {
			return slog.Attr{}
		}
		return a
	}})
	answering(t, failing(io.ErrUnexpectedEOF), func(c *transport.Config) {
		c.Logger = slog.New(handler)
		c.Limiter = limiterFunc(inTurn(nil, errors.New("s3cr3t")))
	}).Do(t.Context(), read("GET"))
	assert.Equal(t, `level=DEBUG msg="whatspie: attempt" method=GET path=/devices/7/x attempt=1 status=0 request_id="" error="unexpected EOF"
level=WARN msg="whatspie: retry" method=GET path=/devices/7/x attempt=1 status=0 error="unexpected EOF"
level=DEBUG msg="whatspie: attempt" method=GET path=/devices/7/x attempt=2 status=0 request_id="" error="limiter refused: [redacted]"
`, text.String())
}
