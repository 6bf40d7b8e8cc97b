package whatspie_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// The environment is the process's, so these tests and their cases run one after another.
func TestNewClientFromEnv(t *testing.T) {
	for name, test := range map[string]struct {
		primary, fallback, base string
		opts                    []whatspie.Option
		auth, url               string
	}{
		"primary":                 {primary: "one", auth: "Bearer one", url: "https://api.whatspie.com/devices"},
		"fallback":                {fallback: "two", auth: "Bearer two", url: "https://api.whatspie.com/devices"},
		"primary before fallback": {primary: "one", fallback: "two", auth: "Bearer one", url: "https://api.whatspie.com/devices"},
		"base URL":                {primary: "one", base: "http://localhost:1/v1", auth: "Bearer one", url: "http://localhost:1/v1/devices"},
		"options count over the environment": {
			primary: "one", base: "http://localhost:1", auth: "Bearer source", url: "https://other/devices",
			opts: []whatspie.Option{whatspie.WithBaseURL("https://other"), whatspie.WithTokenSource(sourceOf("source"))},
		},
		"a source needs no token": {auth: "Bearer source", url: "https://api.whatspie.com/devices", opts: []whatspie.Option{whatspie.WithTokenSource(sourceOf("source"))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WHATSPIE_API_TOKEN", test.primary)
			t.Setenv("WHATSPIE_TOKEN", test.fallback)
			t.Setenv("WHATSPIE_BASE_URL", test.base)
			s := scriptOf(ok(`{"data":[]}`))
			given := append([]whatspie.Option{through(s)}, test.opts...)
			client, err := whatspie.NewClientFromEnv(given[:len(given):cap(given)]...)
			require.NoError(t, err)
			_, err = client.Devices.List(context.WithoutCancel(t.Context()))
			require.NoError(t, err)
			assert.Equal(t, test.auth, s.requests()[0].header.Get("Authorization"))
			assert.Equal(t, test.url, s.requests()[0].url)
		})
	}
}

func TestNewClientFromEnvFails(t *testing.T) {
	for name, test := range map[string]struct {
		primary, fallback, base string
		opts                    []whatspie.Option
		want                    string
	}{
		"nothing set":               {want: "whatspie: the token is empty (set WHATSPIE_API_TOKEN)"},
		"blank primary":             {primary: " ", fallback: "two", want: "whatspie: the token is empty (set WHATSPIE_API_TOKEN)"},
		"line break":                {primary: "s3cr3t\n", want: "whatspie: the token has a control character in it, perhaps a line break at its end"},
		"insecure base URL":         {primary: "one", base: "http://host", want: "whatspie: insecure URL: the token would be readable on its way to host; WithInsecureHTTP allows that"},
		"base URL without a host":   {primary: "one", base: "host", want: "whatspie: the base URL needs a scheme (https) and a host, such as https://api.whatspie.com"},
		"something but the token":   {opts: []whatspie.Option{whatspie.WithTokenSource(sourceOf("x")), whatspie.WithLogger(nil)}, want: "whatspie: WithLogger: the logger is nil"},
		"nil option, and no token":  {opts: []whatspie.Option{nil}, want: "whatspie: an option is nil"},
		"source and bad base URL":   {base: "host?", opts: []whatspie.Option{whatspie.WithTokenSource(sourceOf("x"))}, want: "whatspie: the base URL needs a scheme (https) and a host, such as https://api.whatspie.com"},
		"option refused, not token": {opts: []whatspie.Option{whatspie.WithUserAgent("")}, want: "whatspie: WithUserAgent: the text is blank or contains a control character"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WHATSPIE_API_TOKEN", test.primary)
			t.Setenv("WHATSPIE_TOKEN", test.fallback)
			t.Setenv("WHATSPIE_BASE_URL", test.base)
			client, err := whatspie.NewClientFromEnv(test.opts...)
			require.EqualError(t, err, test.want)
			assert.Nil(t, client)
		})
	}
}

// The caller's slice may have used capacity beyond its length.
func TestNewClientFromEnvLeavesItsOptionsAlone(t *testing.T) {
	t.Setenv("WHATSPIE_API_TOKEN", "one")
	t.Setenv("WHATSPIE_BASE_URL", "http://localhost:1")
	agent, s := whatspie.WithUserAgent("behind"), scriptOf(ok(`{"data":[]}`))
	room := []whatspie.Option{through(s), agent}
	_, err := whatspie.NewClientFromEnv(room[:1]...)
	require.NoError(t, err)
	client, err := whatspie.NewClientFromEnv(room...)
	require.NoError(t, err)
	_, err = client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "behind", s.requests()[0].header.Get("User-Agent"))
}

func TestTheTokenOfTheEnvironmentStaysHidden(t *testing.T) {
	for name, variable := range map[string]string{"primary": "WHATSPIE_API_TOKEN", "fallback": "WHATSPIE_TOKEN"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WHATSPIE_API_TOKEN", "") // ignore the environment of the test run
			t.Setenv("WHATSPIE_BASE_URL", "")
			t.Setenv(variable, token)
			refusing := scriptOf(reply{status: http.StatusUnauthorized, body: blurted(t)})
			client, err := whatspie.NewClientFromEnv(through(refusing), atOnce)
			require.NoError(t, err)
			_, err = client.Devices.QR(t.Context(), 7)
			assertNoSecret(t, everything(t, err))
			for _, way := range printed(client) {
				assertNoSecret(t, way.text)
			}
			t.Setenv(variable, token+"\n")
			_, err = whatspie.NewClientFromEnv()
			require.Error(t, err)
			assertNoSecret(t, err.Error())
		})
	}
}
