package secrets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// oddTokens are valid, and hard to recognise once escaped.
func oddTokens() map[string]string {
	return map[string]string{
		"all of ASCII":   "s3cr3t!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~T0ken",
		"an escape":      `s3cr3t%2F\u003c&amp;\n%25T0ken`,
		"backslashes":    `s3cr3t\\\\T0ken\`,
		"quotes":         `"s3cr3t'T0ken"`,
		"base64":         "s3cr3t+/T0ken==",
		"patterns":       `s3cr3t.*(?i)[^T0ken]{2}$`,
		"special alone":  `{"}%\&<>+`,
		"a template":     "s3cr3t${1}$0T0ken",
		"a JSON literal": `{"s3cr3t":"T0ken"}`,
	}
}

// encoders are how servers repeat what they were sent.
func encoders(tb testing.TB) map[string]func(string) string {
	tb.Helper()
	asJSON := func(s string) string {
		text, err := json.Marshal(s)
		require.NoError(tb, err)
		return string(text)
	}
	return map[string]func(string) string{
		"plain":                func(s string) string { return s },
		"Go":                   strconv.Quote,
		"JSON":                 asJSON,
		"JSON in JSON":         func(s string) string { return asJSON(asJSON(s)) },
		"query":                url.QueryEscape,
		"query twice":          func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
		"path":                 url.PathEscape,
		"HTML":                 html.EscapeString,
		"HTML twice":           func(s string) string { return html.EscapeString(html.EscapeString(s)) },
		"JSON in a query":      func(s string) string { return url.QueryEscape(asJSON(s)) },
		"JSON in HTML":         func(s string) string { return html.EscapeString(asJSON(s)) },
		"JSON, each character": each(`\u%04x`),
		"URL, each character":  each("%%%02X"),
		"HTML, each character": each("&#%d;"),
		"HTML hex, each":       each("&#x%X;"),
		"XML": func(s string) string {
			var text bytes.Buffer
			_ = xml.EscapeText(&text, []byte(s))
			return text.String()
		},
	}
}

// each escapes every character.
func each(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
}

func TestErrorsHideOddTokens(t *testing.T) {
	t.Parallel()
	for name, odd := range oddTokens() {
		for encoder, encode := range encoders(t) {
			t.Run(name+", "+encoder, func(t *testing.T) {
				t.Parallel()
				s := wiretest.NewScript(wiretest.Reply{Status: 403, Header: http.Header{"X-Request-Id": {encode(odd)}}, Body: "<p>" + encode(odd) + "</p>"})
				client := s.Client(t, whatspie.WithTokenSource(wiretest.TokensInOrder(odd)))
				_, err := client.Devices.Get(t.Context(), 7)
				failed := wiretest.APIError(t, err)
				assert.Equal(t, []string{"Bearer " + odd}, wiretest.Authorizations(s.Requests()), "sent as it is")
				assert.Contains(t, string(failed.Body), "[redacted]")
				assert.Contains(t, failed.RequestID, "[redacted]")
				assertNoSecret(t, fmt.Sprintf("%v %s %v", err, failed.Body, failed.Header))
			})
		}
	}
}

// A caller's trace works alongside ours, and sees what net/http shows it, including the header.
func TestATraceIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[]}`)
	}))
	defer server.Close()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var seen []string
	connected := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected++ },
		WroteHeaderField: func(key string, values []string) {
			if key == "Authorization" {
				seen = append(seen, values...)
			}
		},
	})
	client := wiretest.NewClient(t, whatspie.WithBaseURL(server.URL), whatspie.WithHTTPClient(server.Client()), whatspie.WithLogger(logger))
	_, err := client.Devices.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"Bearer " + wiretest.Token}, seen)
	assert.Equal(t, 1, connected)
	assert.Contains(t, log.String(), "whatspie: attempt")
	assertNoSecret(t, log.String())
}

// A panic in a caller's code propagates unchanged, and no lock is left held.
func TestPanicsPassThrough(t *testing.T) {
	t.Parallel()
	why := errors.New("a panic")
	for name, run := range map[string]func(*testing.T, func()){
		"token source": func(t *testing.T, boom func()) {
			t.Helper()
			source := whatspie.WithTokenSource(func(context.Context) (string, error) { boom(); return wiretest.Token, nil })
			_, err := wiretest.NewScript(wiretest.OK(`{"data":[]}`)).Client(t, source).Devices.List(t.Context())
			assert.NoError(t, err)
		},
		"limiter": func(t *testing.T, boom func()) {
			t.Helper()
			limiter := whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error { boom(); return nil }))
			_, err := wiretest.NewScript(wiretest.OK(`{"data":[]}`)).Client(t, limiter).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
			assert.Error(t, err)
		},
		"transport": func(t *testing.T, boom func()) {
			t.Helper()
			transport := wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
				boom()
				return wiretest.NewScript(wiretest.OK(`{"data":[]}`)).RoundTrip(r)
			})
			_, err := wiretest.NewClient(t, wiretest.WithTransport(transport)).Devices.List(t.Context())
			assert.NoError(t, err)
		},
		"a step of Pair": func(t *testing.T, boom func()) {
			t.Helper()
			for _, err := range wiretest.NewScript(wiretest.OK(`{"data":{"qr":"`+wiretest.QRDataURI(t)+`"}}`)).Client(t).Devices.Pair(t.Context(), 7) {
				require.NoError(t, err)
				boom()
				break
			}
		},
		"a step of Watch": func(t *testing.T, boom func()) {
			t.Helper()
			for _, err := range wiretest.NewScript(wiretest.OK(`{"data":[{"id":7}]}`)).Client(t).Devices.Watch(t.Context()) {
				require.NoError(t, err)
				boom()
				break
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				assert.PanicsWithValue(t, why, func() { run(t, func() { panic(why) }) })
				run(t, func() {})
			})
		})
	}
}
