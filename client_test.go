package whatspie_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func TestTokensAreRefusedWithoutRepeatingThem(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ token, want string }{
		"empty":                {"", "the token is empty"},
		"spaces":               {"   ", "the token is empty"},
		"line breaks":          {"\r\n\t", "the token is empty"},
		"line break at end":    {"s3cr3t-T0ken\n", "control character in it, perhaps a line break at its end"},
		"header injection":     {"s3cr3t\r\nX-Evil: 1", "control character"},
		"tab":                  {"s3cr3t\tT0ken", "control character"},
		"NUL":                  {"s3cr3t\x00", "control character"},
		"delete":               {"s3cr3t\x7f", "control character"},
		"C1 control character": {"s3cr3t\u0085", "control character"},
		"space":                {"s3cr3t T0ken", "a space or a non-ASCII"},
		"a bearer in itself":   {"Bearer s3cr3t", "a space or a non-ASCII"},
		"not ASCII":            {"s3cr3tü", "a space or a non-ASCII"},
		"not UTF-8":            {"s3cr3t\xff", "a space or a non-ASCII"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := whatspie.NewClient(test.token)
			require.ErrorContains(t, err, test.want)
			assert.Nil(t, client)
			assert.NotContains(t, err.Error(), "s3cr3t")

			s := scriptOf(ok("{}"))
			_, err = s.client(t, atOnce, whatspie.WithTokenSource(sourceOf(test.token))).Devices.List(t.Context())
			require.ErrorContains(t, err, test.want)
			assertOnly(t, err, whatspie.ErrInvalidRequest)
			assert.Empty(t, s.requests(), "nothing was sent")
			assert.Zero(t, apiError(t, err).Attempts)
			assert.False(t, apiError(t, err).Retryable())
			assert.NotContains(t, err.Error(), "s3cr3t")
		})
	}
}

// sourceOf returns its tokens in order, then the last one forever.
func sourceOf(tokens ...string) whatspie.TokenSource {
	asked := 0
	return func(context.Context) (string, error) {
		asked++
		return tokens[min(asked, len(tokens))-1], nil
	}
}

func auths(requests []sent) []string {
	seen := make([]string, len(requests))
	for i, request := range requests {
		seen[i] = request.header.Get("Authorization")
	}
	return seen
}

func TestTokenSourceIsAskedPerAttempt(t *testing.T) {
	t.Parallel()
	s := scriptOf(reply{status: 503}, fails(io.ErrUnexpectedEOF), ok(fixture(t, "get_device_200.json")), ok(fixture(t, "get_device_200.json")))
	client, err := whatspie.NewClient("", atOnce, through(s),
		whatspie.WithTokenSource(sourceOf("token-1", "token-2", "token-3", "token-4")))
	require.NoError(t, err)
	for range 2 {
		_, err = client.Devices.Get(t.Context(), 7)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"Bearer token-1", "Bearer token-2", "Bearer token-3", "Bearer token-4"}, auths(s.requests()))
}

// A rotated token is used by the next call; a rejected request is not repeated.
func TestUnauthorizedIsNotRetried(t *testing.T) {
	t.Parallel()
	s := scriptOf(reply{status: 401, body: fixture(t, "unauthorized_401.json")}, ok(fixture(t, "get_device_200.json")))
	client := s.client(t, atOnce, whatspie.WithTokenSource(sourceOf("revoked", "rotated")))
	_, err := client.Devices.Get(t.Context(), 7)
	assertOnly(t, err, whatspie.ErrUnauthorized)
	assert.Len(t, s.requests(), 1)
	_, err = client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, []string{"Bearer revoked", "Bearer rotated"}, auths(s.requests()))
}

func TestTokenSourceMayFail(t *testing.T) {
	t.Parallel()
	vault := errors.New("vault is sealed")
	s := scriptOf(ok("{}"))
	client := s.client(t, whatspie.WithTokenSource(func(context.Context) (string, error) { return "", vault }))
	for name, call := range calls(client) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := call(t.Context())
			require.ErrorIs(t, err, vault)
			assertOnly(t, err)
			require.ErrorContains(t, err, ": token source failed: vault is sealed")
			assert.Zero(t, apiError(t, err).Attempts)
			assert.Empty(t, s.requests())
		})
	}
}

// calls are all typed methods that send one request.
func calls(client *whatspie.Client) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error { _, err := client.Devices.Create(ctx, newDevice); return err },
		"List":   func(ctx context.Context) error { _, err := client.Devices.List(ctx); return err },
		"Get":    func(ctx context.Context) error { _, err := client.Devices.Get(ctx, 7); return err },
		"QR":     func(ctx context.Context) error { _, err := client.Devices.QR(ctx, 7); return err },
		"All": func(ctx context.Context) error {
			for _, err := range client.Devices.All(ctx) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func TestLimiterHoldsEveryAttemptBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := limiterFunc(func(ctx context.Context) error {
			select {
			case <-time.After(time.Minute): // longer than an attempt timeout, which must not cover this wait
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		s := scriptOf(reply{status: 503}, ok(`{"data":[]}`))
		start := time.Now()
		_, err := s.client(t, atOnce, whatspie.WithLimiter(limiter)).Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2*time.Minute, time.Since(start).Truncate(time.Second))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.client(t, whatspie.WithLimiter(limiter)).Devices.List(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestLimiterMayRefuse(t *testing.T) {
	t.Parallel()
	over := errors.New("rate: Wait(n=1) would exceed context deadline")
	s := scriptOf(ok("{}"))
	client := s.client(t, whatspie.WithLimiter(limiterFunc(func(context.Context) error { return over })))
	_, err := client.Devices.Create(t.Context(), newDevice)
	require.ErrorIs(t, err, over)
	assertOnly(t, err)
	assert.Empty(t, s.requests())
	require.EqualError(t, err, "whatspie: POST /devices: limiter refused: "+over.Error())
}

func TestRequestsCarryTheirHeaders(t *testing.T) {
	t.Parallel()
	s := scriptOf(ok(fixture(t, "get_device_200.json")))
	client := s.client(t)
	_, err := client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	_, err = client.Devices.Create(t.Context(), newDevice, whatspie.WithHeader("x-trace-id", "a"),
		whatspie.WithHeader("X-Trace-Id", "b"), whatspie.WithHeader("X-ABCdefghijklmnopqrstuvwxyZ-09", "c"))
	require.NoError(t, err)
	get, create := s.requests()[0], s.requests()[1]
	assert.Equal(t, http.Header{
		"Authorization": {"Bearer " + token},
		"Accept":        {"application/json; charset=utf-8"},
		"User-Agent":    {"whatspie-go/" + whatspie.Version},
	}, get.header)
	assert.Equal(t, "application/json", create.header.Get("Content-Type"))
	assert.Equal(t, []string{"a", "b"}, create.header.Values("X-Trace-Id"))
}

// wanting is a RoundTripper with state, which the copied client must share.
type wanting struct{ *script }

func TestTheCallersHTTPClientIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	redirects := func(*http.Request, []*http.Request) error { return nil }
	for name, theirs := range map[string]*http.Client{
		"with everything": {Transport: wanting{scriptOf(reply{status: 302, header: http.Header{"Location": {"/x"}}})}, CheckRedirect: redirects, Jar: jar, Timeout: time.Minute},
		"bare":            {Transport: wanting{scriptOf(fails(io.ErrUnexpectedEOF))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := *theirs
			client := newClient(t, atOnce, whatspie.WithHTTPClient(theirs))
			for _, call := range calls(client) {
				require.Error(t, call(t.Context()))
			}
			rule := reflect.ValueOf(before.CheckRedirect).Pointer()
			assert.Equal(t, rule, reflect.ValueOf(theirs.CheckRedirect).Pointer())
			assert.Equal(t, before.Transport, theirs.Transport)
			assert.Equal(t, before.Jar, theirs.Jar)
			assert.Equal(t, before.Timeout, theirs.Timeout)
			used, isWanting := theirs.Transport.(wanting)
			require.True(t, isWanting)
			assert.Zero(t, used.idle, "idle connections are the caller's")
			assert.NotEmpty(t, used.requests())
		})
	}
}

// go-retryablehttp closes idle connections whenever a call fails or is cancelled; ours must stay open.
func TestIdleConnectionsAreNeverClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scriptOf(reply{status: 503, header: http.Header{"Retry-After": {"9"}}})
		for _, limit := range []time.Duration{time.Nanosecond, 10 * time.Second, time.Hour} {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			time.AfterFunc(limit/2, cancel)
			_, err := s.client(t).Devices.List(ctx)
			require.Error(t, err)
			cancel()
		}
		s.assertClosed(t, len(s.requests()))
		assert.NotEmpty(t, s.requests())
	})
}

func TestTheCallersJarAndTimeoutAreUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		base, err := url.Parse(whatspie.DefaultBaseURL)
		require.NoError(t, err)
		jar.SetCookies(base, []*http.Cookie{{Name: "sticky", Value: "node-1", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}})
		s := scriptOf(reply{status: 503, header: http.Header{"Set-Cookie": {"sticky=node-2"}}}, reply{stall: true}, ok(`{"data":[]}`))
		start := time.Now()
		theirs := &http.Client{Transport: s, Jar: jar, Timeout: 5 * time.Second}
		_, err = newClient(t, atOnce, whatspie.WithHTTPClient(theirs)).Devices.List(t.Context())
		require.NoError(t, err)
		cookies := make([]string, len(s.requests()))
		for i, request := range s.requests() {
			cookies[i] = request.header.Get("Cookie")
		}
		assert.Equal(t, []string{"sticky=node-1", "sticky=node-2", "sticky=node-2"}, cookies)
		assert.Equal(t, 5*time.Second, time.Since(start), "the timeout is one of an attempt")
	})
}

func TestDefaultHTTPClientIsNotChanged(t *testing.T) {
	t.Parallel()
	newClient(t)
	assert.Nil(t, http.DefaultClient.CheckRedirect)
}

// httpmock's transport has no connections and must work like a real one.
func TestTheCallersTransportIsUsed(t *testing.T) {
	t.Parallel()
	client, mock := mocked(t)
	mock.RegisterResponder(http.MethodGet, whatspie.DefaultBaseURL+"/devices", httpmock.NewStringResponder(200, fixture(t, "list_devices_200.json")))
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, devices, 1)
	assert.Equal(t, map[string]int{"GET https://api.whatspie.com/devices": 1}, mock.GetCallCountInfo())
}

func TestOneClientServesManyGoroutines(t *testing.T) {
	t.Parallel()
	s := scriptOf(ok(fixture(t, "get_device_200.json")))
	client := s.client(t)
	failures := make(chan error, 50)
	for range cap(failures) {
		go func() {
			_, err := client.Devices.Get(t.Context(), 7)
			failures <- err
		}()
	}
	for range cap(failures) {
		require.NoError(t, <-failures)
	}
	assert.Equal(t, 50, strings.Count(strings.Join(auths(s.requests()), ""), token))
}
