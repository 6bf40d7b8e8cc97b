package whatspie_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestOptions_lastOneWins(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
	client := s.Client(t, whatspie.WithUserAgent("one"), whatspie.WithUserAgent("two"))
	_, err := client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, "two", s.Requests()[0].Header.Get("User-Agent"))
}

func TestOptions_orderDoesNotMatter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		want := optionEffects{
			urls:           []string{"http://intranet/v1/devices", "http://intranet/v1/devices"},
			userAgents:     []string{"agent/1", "agent/1"},
			authorizations: []string{"Bearer from-source", "Bearer from-source"},
			attempts:       2,
			waits:          2,
			logRecords:     3,
			elapsed:        7 * time.Second,
			tooLarge:       true,
		}
		// All orders of five options that could interfere, with the other five before and after them.
		permute([]int{0, 1, 2, 3, 4}, func(order []int) {
			require.Equal(t, want, callWithOptions(t, slices.Concat(order, []int{5, 6, 7, 8, 9})))
			require.Equal(t, want, callWithOptions(t, slices.Concat([]int{9, 8, 7, 6, 5}, order)))
		})
		permute([]int{5, 6, 7, 8, 9}, func(order []int) {
			require.Equal(t, want, callWithOptions(t, slices.Concat(order, []int{0, 1, 2, 3, 4})))
		})
	})
}

// optionEffects is what can be seen of the options in one call: its first attempt times out, and the response to its
// second is too large.
type optionEffects struct {
	urls, userAgents, authorizations []string
	attempts, waits, logRecords      int
	elapsed                          time.Duration
	tooLarge                         bool
}

func callWithOptions(t *testing.T, order []int) optionEffects {
	t.Helper()
	s := wiretest.NewScript(wiretest.Reply{Stall: true}, wiretest.OK(`{"data":[`+strings.Repeat(" ", 100)+`]}`))
	waits, records := 0, &wiretest.LogRecorder{}
	options := []whatspie.Option{
		whatspie.WithBaseURL("http://intranet/v1"),
		whatspie.WithInsecureHTTP(),
		whatspie.WithTokenSource(func(context.Context) (string, error) { return "from-source", nil }),
		whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 2, MinWait: 1}),
		wiretest.WithTransport(s),
		whatspie.WithAttemptTimeout(7 * time.Second),
		whatspie.WithMaxResponseBytes(100),
		whatspie.WithUserAgent("agent/1"),
		whatspie.WithLogger(slog.New(records)),
		whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error { waits++; return nil })),
	}
	permuted := make([]whatspie.Option, len(options))
	for place, i := range order {
		permuted[place] = options[i]
	}
	client, err := whatspie.NewClient("", permuted...)
	require.NoError(t, err)
	start := time.Now()
	_, err = client.Devices.List(t.Context())
	effects := optionEffects{
		attempts:   wiretest.APIError(t, err).Attempts,
		waits:      waits,
		logRecords: len(records.All()),
		elapsed:    time.Since(start),
		tooLarge:   errors.Is(err, whatspie.ErrResponseTooLarge),
	}
	for _, request := range s.Requests() {
		effects.urls = append(effects.urls, request.URL)
		effects.userAgents = append(effects.userAgents, request.Header.Get("User-Agent"))
		effects.authorizations = append(effects.authorizations, request.Header.Get("Authorization"))
	}
	return effects
}

// permute visits every order of the items.
func permute(items []int, visit func([]int)) {
	var from func(int)
	from = func(fixed int) {
		if fixed == len(items) {
			visit(items)
			return
		}
		for i := fixed; i < len(items); i++ {
			items[fixed], items[i] = items[i], items[fixed]
			from(fixed + 1)
			items[fixed], items[i] = items[i], items[fixed]
		}
	}
	from(0)
}

func TestBaseURL_rejectsInvalidOrInsecure(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                              "needs a scheme",
		"api.whatspie.com":              "needs a scheme",
		"//api.whatspie.com":            "needs a scheme",
		"https://":                      "needs a scheme",
		"https:///devices":              "needs a scheme",
		"https://:443":                  "needs a scheme",
		"https:api.whatspie.com":        "needs a scheme",
		"ftp://api.whatspie.com":        "needs a scheme",
		"file:///etc/passwd":            "needs a scheme",
		"://":                           "cannot be parsed",
		"https://a b":                   "cannot be parsed",
		"https://host:port":             "cannot be parsed",
		"https://host/\x7f":             "cannot be parsed",
		"https://host:port:":            "cannot be parsed",
		"https://host:80:80":            "cannot be parsed",
		"https://host::":                "cannot be parsed",
		"https://host:65536":            "cannot be parsed",
		"http://::1:80":                 "cannot be parsed",
		"https://me:pass@host":          "user information",
		"https://me@host":               "user information",
		"http://127.0.0.1@evil.com":     "user information",
		"https://host?x=1":              "query or a fragment",
		"https://host?":                 "query or a fragment",
		"https://host/#x":               "query or a fragment",
		"https://host/../x":             "dot segment",
		"https://host/%2e%2E/x":         "dot segment",
		"https://host/a//b":             "empty segment",
		"http://api.whatspie.com":       "insecure URL",
		"http://localhost.evil.com":     "insecure URL",
		"http://127.0.0.1.evil.com":     "insecure URL",
		"http://evil.com:80":            "insecure URL",
		"http://0.0.0.0":                "insecure URL",
		"http://192.168.1.1":            "insecure URL",
		"http://[2001:db8::1]":          "insecure URL",
		"http://xn--localhost-9za":      "insecure URL",
		"HTTP://API.whatspie.com":       "insecure URL",
		"https://me:hunter2%zz@host/%z": "cannot be parsed",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			client, err := whatspie.NewClient(wiretest.Token, whatspie.WithBaseURL(url))
			require.ErrorContains(t, err, want)
			assert.Nil(t, client)
			assert.Equal(t, want == "insecure URL", errors.Is(err, whatspie.ErrInsecureURL))
			assert.NotContains(t, err.Error(), "pass")
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestWithInsecureHTTP_allowsHTTPOnly(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
	client := s.Client(t, whatspie.WithInsecureHTTP(), whatspie.WithBaseURL("http://intranet"))
	_, err := client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, "http://intranet/devices/7", s.Requests()[0].URL)
	_, err = whatspie.NewClient(wiretest.Token, whatspie.WithInsecureHTTP(), whatspie.WithBaseURL("ftp://intranet"))
	require.ErrorContains(t, err, "needs a scheme", "only http is allowed")
}

func TestBaseURL_prefixesPaths(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		whatspie.DefaultBaseURL:         "https://api.whatspie.com/devices/7",
		"https://proxy/whatspie/v1":     "https://proxy/whatspie/v1/devices/7",
		"https://proxy/whatspie/v1///":  "https://proxy/whatspie/v1/devices/7",
		"https://proxy/a%2Fb":           "https://proxy/a%2Fb/devices/7",
		"HTTPS://proxy:8443/":           "https://proxy:8443/devices/7",
		"https://[2001:db8::1]:8443":    "https://[2001:db8::1]:8443/devices/7",
		"https://[fe80::1%25eth0]:1/v1": "https://[fe80::1%25eth0]:1/v1/devices/7",
		"https://a%2541":                "https://a%2541/devices/7",
		"http://localhost:8080":         "http://localhost:8080/devices/7",
		"http://LOCALHOST":              "http://LOCALHOST/devices/7",
		"http://127.0.0.1:65535":        "http://127.0.0.1:65535/devices/7",
		"http://127.0.0.1:1":            "http://127.0.0.1:1/devices/7",
		"http://127.8.9.10":             "http://127.8.9.10/devices/7",
		"http://[::1]:99":               "http://[::1]:99/devices/7",
	} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
			_, err := s.Client(t, whatspie.WithBaseURL(base)).Devices.Get(t.Context(), 7)
			require.NoError(t, err)
			assert.Equal(t, want, s.Requests()[0].URL)
		})
	}
}
