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

// statefulTransport is a RoundTripper whose state must be shared, not copied.
type statefulTransport struct{ *wiretest.Script }

func TestHTTPClient_isNotModified(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	redirects := func(*http.Request, []*http.Request) error { return nil }
	for name, httpClient := range map[string]*http.Client{
		"all fields": {
			Transport:     statefulTransport{wiretest.NewScript(wiretest.Redirect(302, "/x"))},
			CheckRedirect: redirects, Jar: jar, Timeout: time.Minute,
		},
		"transport only": {Transport: statefulTransport{wiretest.NewScript(wiretest.Fail(io.ErrUnexpectedEOF))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := *httpClient
			client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(httpClient))
			for _, call := range wiretest.Calls(client) {
				require.Error(t, call(t.Context()))
			}
			checkRedirect := reflect.ValueOf(before.CheckRedirect).Pointer()
			assert.Equal(t, checkRedirect, reflect.ValueOf(httpClient.CheckRedirect).Pointer())
			assert.Equal(t, before.Transport, httpClient.Transport)
			assert.Equal(t, before.Jar, httpClient.Jar)
			assert.Equal(t, before.Timeout, httpClient.Timeout)
			transport, isStateful := httpClient.Transport.(statefulTransport)
			require.True(t, isStateful)
			transport.AssertIdleConnectionsKept(t)
			assert.NotEmpty(t, transport.Requests())
		})
	}
}

// go-retryablehttp closes the idle connections when a call fails or is canceled. The client must not.
func TestHTTPClient_keepsIdleConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"9"}}})
		for _, timeout := range []time.Duration{time.Nanosecond, 10 * time.Second, time.Hour} {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			time.AfterFunc(timeout/2, cancel)
			_, err := s.Client(t).Devices.List(ctx)
			require.Error(t, err)
			cancel()
		}
		s.AssertClosed(t, len(s.Requests()))
		assert.NotEmpty(t, s.Requests())
	})
}

// cookies returns the Cookie headers of each request.
func cookies(requests []wiretest.Request) [][]string {
	headers := make([][]string, len(requests))
	for i, request := range requests {
		headers[i] = request.Header["Cookie"]
	}
	return headers
}

func TestHTTPClient_jarAndTimeoutAreUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		base, err := url.Parse(whatspie.DefaultBaseURL)
		require.NoError(t, err)
		jar.SetCookies(base, []*http.Cookie{{
			Name: "sticky", Value: "node-1", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		}})
		s := wiretest.NewScript(
			wiretest.Reply{Status: 503, Header: http.Header{"Set-Cookie": {"sticky=node-2"}}},
			wiretest.Reply{Stall: true},
			wiretest.OK(`{"data":[]}`),
		)
		start := time.Now()
		httpClient := &http.Client{Transport: s, Jar: jar, Timeout: 5 * time.Second}
		_, err = wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(httpClient)).Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, [][]string{{"sticky=node-1"}, {"sticky=node-2"}, {"sticky=node-2"}}, cookies(s.Requests()))
		assert.Equal(t, 5*time.Second, time.Since(start), "the timeout bounds one attempt")
	})
}

func TestHTTPClient_defaultIsNotModified(t *testing.T) {
	t.Parallel()
	wiretest.NewClient(t)
	assert.Nil(t, http.DefaultClient.CheckRedirect)
}

// httpmock's transport has no connections, but must work like net/http's.
func TestHTTPClient_worksWithHTTPMock(t *testing.T) {
	t.Parallel()
	client, mock := wiretest.NewMockClient(t)
	respond := httpmock.NewStringResponder(200, wiretest.Fixture(t, "list_devices_200.json"))
	mock.RegisterResponder(http.MethodGet, whatspie.DefaultBaseURL+"/devices", respond)
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, devices, 1)
	assert.Equal(t, map[string]int{"GET https://api.whatspie.com/devices": 1}, mock.GetCallCountInfo())
}

func TestHTTPClient_cookiesAreAddedOncePerAttempt(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s := wiretest.NewScript(
		wiretest.Reply{Status: 503, Header: http.Header{"Set-Cookie": {"a=1"}}},
		wiretest.Reply{Status: 503},
		wiretest.OK("{}"),
	)
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(&http.Client{Transport: s, Jar: jar}))
	err = client.Call(t.Context(), http.MethodGet, "/x", nil, nil, whatspie.WithHeader("Cookie", "own=1"))
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"own=1"}, {"own=1; a=1"}, {"own=1; a=1"}}, cookies(s.Requests()))
}

func TestHTTPClient_timeoutExcludesLimiterWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := wiretest.LimiterFunc(func(context.Context) error {
			time.Sleep(time.Minute)
			return nil
		})
		stalled := &http.Client{Transport: wiretest.NewScript(wiretest.Reply{Stall: true}), Timeout: time.Second}
		client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithLimiter(limiter), whatspie.WithHTTPClient(stalled))
		start := time.Now()
		_, err := client.Devices.Get(t.Context(), 7)
		require.ErrorContains(t, err, "attempt timed out (4 attempts)")
		assert.Equal(t, 4*(time.Minute+time.Second), time.Since(start).Round(time.Second))
	})
}
