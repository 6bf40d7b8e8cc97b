package whatspie_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func TestOperation(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/devices":                        "GET /devices",
		"/devices/7":                      "GET /devices/{id}",
		"/devices/7/qr?response_type=url": "GET /devices/{id}/qr",
		"/devices/62895383079050/restart": "GET /devices/{id}/restart",
		"/a/1/b/02?3":                     "GET /a/{id}/b/{id}",
		"/v1/devices/7a/a7":               "GET /v1/devices/7a/a7",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			seen := map[string]string{}
			note := func(name string) func(context.Context) {
				return func(ctx context.Context) { seen[name] = whatspie.Operation(ctx) }
			}
			source, limiter, way := note("token source"), note("limiter"), note("transport")
			s := scriptOf(redirectTo(http.StatusFound, "/elsewhere/9"), ok("{}"))
			client := newClient(t, whatspie.WithBaseURL("https://api.example.com/base/5"),
				whatspie.WithTokenSource(func(ctx context.Context) (string, error) { source(ctx); return token, nil }),
				whatspie.WithLimiter(limiterFunc(func(ctx context.Context) error { limiter(ctx); return nil })),
				through(roundTripper(func(r *http.Request) (*http.Response, error) { way(r.Context()); return s.RoundTrip(r) })))
			require.NoError(t, client.Call(t.Context(), http.MethodGet, path, nil, nil))
			assert.Equal(t, map[string]string{"token source": want, "limiter": want, "transport": want}, seen)
			assert.Empty(t, whatspie.Operation(t.Context()))
		})
	}
}

// A release is a heading of the changelog, and Version.
func TestVersionIsThatOfTheChangelog(t *testing.T) {
	t.Parallel()
	changelog, err := fs.ReadFile(os.DirFS("."), "CHANGELOG.md")
	require.NoError(t, err)
	newest := regexp.MustCompile(`(?m)^## \[(\d[^\]]*)\]`).FindSubmatch(changelog)
	require.Len(t, newest, 2)
	assert.Equal(t, whatspie.Version, string(newest[1]))
}

func TestCookiesAreAddedOnceToEachAttempt(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s := scriptOf(reply{status: 503, header: http.Header{"Set-Cookie": {"a=1"}}}, reply{status: 503}, ok("{}"))
	client := newClient(t, atOnce, whatspie.WithHTTPClient(&http.Client{Transport: s, Jar: jar}))
	require.NoError(t, client.Call(t.Context(), http.MethodGet, "/x", nil, nil, whatspie.WithHeader("Cookie", "own=1")))
	seen := make([][]string, 0, 3)
	for _, request := range s.requests() {
		seen = append(seen, request.header["Cookie"])
	}
	assert.Equal(t, [][]string{{"own=1"}, {"own=1; a=1"}, {"own=1; a=1"}}, seen)
}

// The timeout of the caller's http.Client bounds an attempt, and not what comes before it.
func TestTheTimeoutOfTheHTTPClientBoundsAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := whatspie.WithLimiter(limiterFunc(func(context.Context) error { time.Sleep(time.Minute); return nil }))
		stalled := whatspie.WithHTTPClient(&http.Client{Transport: scriptOf(reply{stall: true}), Timeout: time.Second})
		start := time.Now()
		_, err := newClient(t, atOnce, limiter, stalled).Devices.Get(t.Context(), 7)
		require.ErrorContains(t, err, "attempt timed out (4 attempts)")
		assert.Equal(t, 4*(time.Minute+time.Second), time.Since(start).Round(time.Second))
	})
}
