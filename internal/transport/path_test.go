package transport_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
)

func TestCheckPath(t *testing.T) {
	t.Parallel()
	for _, valid := range []string{
		"/devices", "/devices/7/qr?response_type=url", "/a%2Fb", "/a/..b/b..", "/a/...", "/a%20b", "/100%25", "/a.b/c;d=e", "/a?b=../x&c=%2e%2e", "/a?",
		"/a/b:c@d,e", "/%2525",
	} {
		require.NoError(t, transport.CheckPath(valid), valid)
	}
	for invalid, want := range map[string]string{
		"":                    "does not start with a slash",
		"devices":             "does not start with a slash",
		"?a=b":                "does not start with a slash",
		"/":                   "empty segment",
		"//evil.com":          "empty segment",
		"/a/":                 "empty segment",
		"/a/%2Fb":             "empty segment",
		"/a/%252Fb":           "empty segment",
		"/a/..":               "dot segment",
		"/./a":                "dot segment",
		"/a/%2e%2e/b":         "dot segment",
		"/a/%252E%252e/b":     "dot segment",
		"/a%2f..%2fb":         "dot segment",
		"/a%5C..%5Cb":         "backslash",
		"/a/%0d%0aX":          "control character",
		"/a/%250a":            "control character",
		"/a/%C2%85":           "control character",
		"/a?b=%250d":          "the query has a control character",
		"/a?b=\n":             "must be escaped",
		"/a#b":                "must be escaped",
		"/a b":                "must be escaped",
		"/ä":                  "must be escaped",
		"/a%2Fb\"":            "must be escaped",
		"/{id}":               "must be escaped",
		"/a/%zz?token=s3cr3t": "broken escape",
	} {
		err := transport.CheckPath(invalid)
		require.ErrorContains(t, err, want, invalid)
		assert.NotContains(t, err.Error(), "s3cr3t")
	}
}

func TestDecoded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "/a": "/a", "%2571r": "%71r", "%71r": "qr", "+": "+", "100%": "100%"} {
		assert.Equal(t, want, transport.Decoded(text))
	}
}

func TestPathOnly(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/a": "/a", "/a?b=c?d": "/a", "?": "", "": ""} {
		assert.Equal(t, want, transport.PathOnly(path))
	}
}
