package retry_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// wanting is a RoundTripper with state, which the copied client must share.
type wanting struct{ *wiretest.Script }

func TestTheCallersHTTPClientIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	redirects := func(*http.Request, []*http.Request) error { return nil }
	for name, theirs := range map[string]*http.Client{
		"with everything": {Transport: wanting{wiretest.NewScript(wiretest.Reply{Status: 302, Header: http.Header{"Location": {"/x"}}})}, CheckRedirect: redirects, Jar: jar, Timeout: time.Minute},
		"bare":            {Transport: wanting{wiretest.NewScript(wiretest.Fail(io.ErrUnexpectedEOF))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := *theirs
			client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(theirs))
			for _, call := range wiretest.Calls(client) {
				require.Error(t, call(t.Context()))
			}
			rule := reflect.ValueOf(before.CheckRedirect).Pointer()
			assert.Equal(t, rule, reflect.ValueOf(theirs.CheckRedirect).Pointer())
			assert.Equal(t, before.Transport, theirs.Transport)
			assert.Equal(t, before.Jar, theirs.Jar)
			assert.Equal(t, before.Timeout, theirs.Timeout)
			used, isWanting := theirs.Transport.(wanting)
			require.True(t, isWanting)
			used.AssertIdleConnectionsKept(t)
			assert.NotEmpty(t, used.Requests())
		})
	}
}

// go-retryablehttp closes idle connections whenever a call fails or is cancelled; ours must stay open.
func TestIdleConnectionsAreNeverClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"9"}}})
		for _, limit := range []time.Duration{time.Nanosecond, 10 * time.Second, time.Hour} {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			time.AfterFunc(limit/2, cancel)
			_, err := s.Client(t).Devices.List(ctx)
			require.Error(t, err)
			cancel()
		}
		s.AssertClosed(t, len(s.Requests()))
		assert.NotEmpty(t, s.Requests())
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
		s := wiretest.NewScript(wiretest.Reply{Status: 503, Header: http.Header{"Set-Cookie": {"sticky=node-2"}}}, wiretest.Reply{Stall: true}, wiretest.OK(`{"data":[]}`))
		start := time.Now()
		theirs := &http.Client{Transport: s, Jar: jar, Timeout: 5 * time.Second}
		_, err = wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(theirs)).Devices.List(t.Context())
		require.NoError(t, err)
		cookies := make([]string, len(s.Requests()))
		for i, request := range s.Requests() {
			cookies[i] = request.Header.Get("Cookie")
		}
		assert.Equal(t, []string{"sticky=node-1", "sticky=node-2", "sticky=node-2"}, cookies)
		assert.Equal(t, 5*time.Second, time.Since(start), "the timeout is one of an attempt")
	})
}

func TestDefaultHTTPClientIsNotChanged(t *testing.T) {
	t.Parallel()
	wiretest.NewClient(t)
	assert.Nil(t, http.DefaultClient.CheckRedirect)
}

// httpmock's transport has no connections and must work like a real one.
func TestTheCallersTransportIsUsed(t *testing.T) {
	t.Parallel()
	client, mock := wiretest.NewMockClient(t)
	mock.RegisterResponder(http.MethodGet, whatspie.DefaultBaseURL+"/devices", httpmock.NewStringResponder(200, wiretest.Fixture(t, "list_devices_200.json")))
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, devices, 1)
	assert.Equal(t, map[string]int{"GET https://api.whatspie.com/devices": 1}, mock.GetCallCountInfo())
}

func TestCookiesAreAddedOnceToEachAttempt(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s := wiretest.NewScript(wiretest.Reply{Status: 503, Header: http.Header{"Set-Cookie": {"a=1"}}}, wiretest.Reply{Status: 503}, wiretest.OK("{}"))
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(&http.Client{Transport: s, Jar: jar}))
	require.NoError(t, client.Call(t.Context(), http.MethodGet, "/x", nil, nil, whatspie.WithHeader("Cookie", "own=1")))
	seen := make([][]string, 0, 3)
	for _, request := range s.Requests() {
		seen = append(seen, request.Header["Cookie"])
	}
	assert.Equal(t, [][]string{{"own=1"}, {"own=1; a=1"}, {"own=1; a=1"}}, seen)
}

// The timeout of the caller's http.Client bounds an attempt, and not what comes before it.
func TestTheTimeoutOfTheHTTPClientBoundsAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error { time.Sleep(time.Minute); return nil }))
		stalled := whatspie.WithHTTPClient(&http.Client{Transport: wiretest.NewScript(wiretest.Reply{Stall: true}), Timeout: time.Second})
		start := time.Now()
		_, err := wiretest.NewClient(t, wiretest.NoWaits, limiter, stalled).Devices.Get(t.Context(), 7)
		require.ErrorContains(t, err, "attempt timed out (4 attempts)")
		assert.Equal(t, 4*(time.Minute+time.Second), time.Since(start).Round(time.Second))
	})
}
