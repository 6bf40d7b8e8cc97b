package whatspie_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestNewClient_rejectsInvalidToken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ token, want string }{
		"empty":                {"", "the token is empty"},
		"spaces":               {"   ", "the token is empty"},
		"line breaks":          {"\r\n\t", "the token is empty"},
		"trailing line break":  {"s3cr3t-T0ken\n", "control character in it, perhaps a line break at its end"},
		"header injection":     {"s3cr3t\r\nX-Evil: 1", "control character"},
		"tab":                  {"s3cr3t\tT0ken", "control character"},
		"NUL":                  {"s3cr3t\x00", "control character"},
		"delete":               {"s3cr3t\x7f", "control character"},
		"C1 control character": {"s3cr3t\u0085", "control character"},
		"space":                {"s3cr3t T0ken", "a space or a non-ASCII"},
		"Bearer prefix":        {"Bearer s3cr3t", "a space or a non-ASCII"},
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

			s := wiretest.NewScript(wiretest.OK("{}"))
			source := whatspie.WithTokenSource(wiretest.TokensInOrder(test.token))
			_, err = s.Client(t, wiretest.NoWaits, source).Devices.List(t.Context())
			require.ErrorContains(t, err, test.want)
			wiretest.AssertSentinels(t, err)
			assert.Empty(t, s.Requests(), "nothing is sent")
			assert.Zero(t, wiretest.APIError(t, err).Attempts)
			assert.False(t, wiretest.APIError(t, err).Retryable())
			assert.NotContains(t, err.Error(), "s3cr3t")
		})
	}
}

// Tests that set environment variables cannot run in parallel.
func TestNewClientFromEnv(t *testing.T) {
	source := whatspie.WithTokenSource(wiretest.TokensInOrder("source"))
	for name, test := range map[string]struct {
		primary, fallback, base string
		opts                    []whatspie.Option
		auth, url               string
	}{
		"primary":  {primary: "one", auth: "Bearer one", url: "https://api.whatspie.com/devices"},
		"fallback": {fallback: "two", auth: "Bearer two", url: "https://api.whatspie.com/devices"},
		"primary and fallback": {
			primary: "one", fallback: "two", auth: "Bearer one", url: "https://api.whatspie.com/devices",
		},
		"base URL": {
			primary: "one", base: "http://localhost:1/v1", auth: "Bearer one", url: "http://localhost:1/v1/devices",
		},
		"options take precedence": {
			primary: "one", base: "http://localhost:1", auth: "Bearer source", url: "https://other/devices",
			opts: []whatspie.Option{whatspie.WithBaseURL("https://other"), source},
		},
		"token source only": {
			auth: "Bearer source", url: "https://api.whatspie.com/devices", opts: []whatspie.Option{source},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WHATSPIE_API_TOKEN", test.primary)
			t.Setenv("WHATSPIE_TOKEN", test.fallback)
			t.Setenv("WHATSPIE_BASE_URL", test.base)
			s := wiretest.NewScript(wiretest.OK(`{"data":[]}`))
			client, err := whatspie.NewClientFromEnv(append(test.opts, wiretest.WithTransport(s))...)
			require.NoError(t, err)
			_, err = client.Devices.List(t.Context())
			require.NoError(t, err)
			assert.Equal(t, test.auth, s.Requests()[0].Header.Get("Authorization"))
			assert.Equal(t, test.url, s.Requests()[0].URL)
		})
	}
}

func TestNewClientFromEnv_failures(t *testing.T) {
	const noHost = "the base URL needs a scheme (https) and a host, such as https://api.whatspie.com"
	source := whatspie.WithTokenSource(wiretest.TokensInOrder("x"))
	for name, test := range map[string]struct {
		primary, fallback, base string
		opts                    []whatspie.Option
		want                    string
	}{
		"nothing set":   {want: "the token is empty (set WHATSPIE_API_TOKEN)"},
		"blank primary": {primary: " ", fallback: "two", want: "the token is empty (set WHATSPIE_API_TOKEN)"},
		"token with line break": {
			primary: "s3cr3t\n",
			want:    "the token has a control character in it, perhaps a line break at its end",
		},
		"insecure base URL": {
			primary: "one", base: "http://host",
			want: "insecure URL: the token would be readable on its way to host; WithInsecureHTTP allows that",
		},
		"base URL without host":              {primary: "one", base: "host", want: noHost},
		"token source with invalid base URL": {base: "host?", opts: []whatspie.Option{source}, want: noHost},
		"token source with nil logger": {
			opts: []whatspie.Option{source, whatspie.WithLogger(nil)},
			want: "WithLogger: the logger is nil",
		},
		"nil option without token": {opts: []whatspie.Option{nil}, want: "an option is nil"},
		"empty user agent without token": {
			opts: []whatspie.Option{whatspie.WithUserAgent("")},
			want: "WithUserAgent: the text is blank or contains a control character",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WHATSPIE_API_TOKEN", test.primary)
			t.Setenv("WHATSPIE_TOKEN", test.fallback)
			t.Setenv("WHATSPIE_BASE_URL", test.base)
			client, err := whatspie.NewClientFromEnv(test.opts...)
			require.EqualError(t, err, "whatspie: "+test.want)
			assert.Nil(t, client)
		})
	}
}

// The caller's slice may have elements beyond its length.
func TestNewClientFromEnv_keepsCallersSlice(t *testing.T) {
	t.Setenv("WHATSPIE_API_TOKEN", "one")
	t.Setenv("WHATSPIE_BASE_URL", "http://localhost:1")
	s := wiretest.NewScript(wiretest.OK(`{"data":[]}`))
	opts := []whatspie.Option{wiretest.WithTransport(s), whatspie.WithUserAgent("second option")}
	_, err := whatspie.NewClientFromEnv(opts[:1]...)
	require.NoError(t, err)
	client, err := whatspie.NewClientFromEnv(opts...)
	require.NoError(t, err)
	_, err = client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "second option", s.Requests()[0].Header.Get("User-Agent"))
}

func TestClient_concurrentCalls(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
	client := s.Client(t)
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
	assert.Equal(t, 50, strings.Count(strings.Join(wiretest.Authorizations(s.Requests()), ""), wiretest.Token))
}
