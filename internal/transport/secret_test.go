package transport_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
)

func TestCheckToken(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "5|abc", "eyJh.bGci-_/+=~", `"<>&\`, strings.Repeat("x", 10_000)} {
		require.NoError(t, transport.CheckToken(good), good)
	}
	for _, bad := range []string{"", " ", "\n", "abc\n", "a b", "a\x00b", "ä", "\xff", "a\u2028"} {
		err := transport.CheckToken(bad)
		require.Error(t, err, "%q", bad)
		assert.Equal(t, strings.TrimSpace(bad) == "", errors.Is(err, transport.ErrNoToken), "%q", bad)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header http.Header
		want   string
	}{
		"none":        {nil, ""},
		"first":       {http.Header{"X-Request-Id": {"a"}, "Request-Id": {"b"}, "X-Correlation-Id": {"c"}, "Cf-Ray": {"d"}}, "a"},
		"second":      {http.Header{"X-Request-Id": {" "}, "Request-Id": {"b"}, "Cf-Ray": {"d"}}, "b"},
		"third":       {http.Header{"X-Correlation-Id": {"c"}, "Cf-Ray": {"d"}}, "c"},
		"last":        {http.Header{"Cf-Ray": {"d"}}, "d"},
		"cleaned":     {http.Header{"Cf-Ray": {" a\tb\u0085cü\x7f "}}, "abc"},
		"bounded":     {http.Header{"Cf-Ray": {strings.Repeat("x", 200)}}, strings.Repeat("x", 128)},
		"an echo":     {http.Header{"Cf-Ray": {"id-s3cr3t"}}, "id-[redacted]"},
		"a split one": {http.Header{"Cf-Ray": {"s3c r3t"}}, "[redacted]"},
		"a QR code":   {http.Header{"Cf-Ray": {"r-iVBORw0KGgoAAAANSUhEUg"}}, "r-[redacted]"},
		"at the cut":  {http.Header{"Cf-Ray": {strings.Repeat("x", 126) + "s3cr3t"}}, strings.Repeat("x", 126) + "[r"},
	} {
		result := transport.Result{Attempt: transport.Attempt{Header: test.header}, Tokens: []string{"s3cr3t"}}
		assert.Equal(t, test.want, result.RequestID(), name)
	}
}
