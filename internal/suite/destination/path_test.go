package destination_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestCall_rejectsUnsafePaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"":                             "does not start with a slash",
		"devices":                      "does not start with a slash",
		"?a=b":                         "does not start with a slash",
		"https://evil.com/devices":     "does not start with a slash",
		"\\devices":                    "does not start with a slash",
		"%2Fdevices":                   "does not start with a slash",
		"/":                            "empty segment",
		"//":                           "empty segment",
		"//evil.com/devices":           "empty segment",
		"/%2Fevil.com":                 "empty segment",
		"/%252Fevil.com":               "empty segment",
		"/%5Cevil.com":                 "backslash",
		"/devices/":                    "empty segment",
		"/devices//7":                  "empty segment",
		"/devices/%2F7":                "empty segment",
		"/devices/%2f?x":               "empty segment",
		"/devices/.":                   "dot segment",
		"/devices/..":                  "dot segment",
		"/devices/../users":            "dot segment",
		"/devices/./7":                 "dot segment",
		"/devices/%2e":                 "dot segment",
		"/devices/.%2E/users":          "dot segment",
		"/devices/%2e%2e/users":        "dot segment",
		"/devices/%2e%2e%2fusers":      "dot segment",
		"/devices/%252e%252e/users":    "dot segment",
		"/devices/..%5Cusers":          "backslash",
		"/devices\\7":                  "backslash",
		"/devices/..\\users":           "backslash",
		"/devices/7#x":                 "must be escaped",
		"/devices/7?a=b#x":             "must be escaped",
		"/devices/7 8":                 "must be escaped",
		"/devices/ü":                   "must be escaped",
		"/devices/a%2Fb\"":             "must be escaped",
		"/devices/{id}":                "must be escaped",
		"/devices/5|6":                 "must be escaped",
		"/devices/\n7":                 "must be escaped",
		"/devices/7\r\nX-Evil: 1":      "must be escaped",
		"/devices/\x00":                "must be escaped",
		"/devices/\x7f":                "must be escaped",
		"/devices?a=b c":               "must be escaped",
		"/devices?a=\n":                "must be escaped",
		"/devices/%00":                 "control character",
		"/devices/%0d%0aX-Evil":        "control character",
		"/devices/%250a":               "control character",
		"/devices/%c2%85":              "control character",
		"/devices?a=%0a":               "the query has a control character",
		"/devices?a=%250d%250a":        "the query has a control character",
		"/devices/%":                   "broken escape",
		"/devices/%zz?token=s3cr3t":    "broken escape",
		"/devices/%2?token=s3cr3t%0g1": "broken escape",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK("{}"))
			err := s.Client(t).Call(t.Context(), http.MethodGet, path, nil, nil)
			wiretest.AssertSentinels(t, err, whatspie.ErrInvalidRequest)
			require.ErrorContains(t, err, want)
			assert.Empty(t, s.Requests(), "nothing was sent")
			assert.NotContains(t, err.Error(), "s3cr3t", "an error does not contain the query")
			failed := wiretest.APIError(t, err)
			assert.NotContains(t, failed.Path, "?")
			assert.Zero(t, failed.Attempts)
			assert.Zero(t, failed.StatusCode)
			assert.False(t, failed.Retryable())
			for _, r := range err.Error() {
				assert.GreaterOrEqual(t, r, ' ', "one line")
			}
		})
	}
}

func TestCall_sendsPathUnchanged(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/devices",
		"/messages?device=7&to=62811%2B&a=b%20c&a=+&empty",
		"/devices/a%2Fb",
		"/devices/..a/b..",
		"/devices/...",
		"/devices/a%20b",
		"/devices/100%25",
		"/a.b/c;d=e",
		"/devices?path=../x&n=%2e%2e&j={\"a\":[1|2]}",
		"/devices?",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK("{}"))
			require.NoError(t, s.Client(t).Call(t.Context(), http.MethodGet, path, nil, nil))
			assert.Equal(t, whatspie.DefaultBaseURL+path, s.Requests()[0].URL)
		})
	}
}
