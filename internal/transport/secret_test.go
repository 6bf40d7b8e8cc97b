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
	for _, valid := range []string{"a", "5|abc", "eyJh.bGci-_/+=~", `"<>&\`, strings.Repeat("x", 10_000)} {
		require.NoError(t, transport.CheckToken(valid), valid)
	}
	for _, invalid := range []string{"", " ", "\n", "abc\n", "a b", "a\x00b", "ä", "\xff", "a\u2028"} {
		err := transport.CheckToken(invalid)
		require.Error(t, err, "%q", invalid)
		assert.Equal(t, strings.TrimSpace(invalid) == "", errors.Is(err, transport.ErrNoToken), "%q", invalid)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header http.Header
		want   string
	}{
		"no header":                        {nil, ""},
		"X-Request-Id":                     {http.Header{"X-Request-Id": {"a"}, "Request-Id": {"b"}, "X-Correlation-Id": {"c"}, "Cf-Ray": {"d"}}, "a"},
		"blank X-Request-Id":               {http.Header{"X-Request-Id": {" "}, "Request-Id": {"b"}, "Cf-Ray": {"d"}}, "b"},
		"X-Correlation-Id":                 {http.Header{"X-Correlation-Id": {"c"}, "Cf-Ray": {"d"}}, "c"},
		"Cf-Ray":                           {http.Header{"Cf-Ray": {"d"}}, "d"},
		"control and non-ASCII characters": {http.Header{"Cf-Ray": {" a\tb\u0085cü\x7f "}}, "abc"},
		"long":                             {http.Header{"Cf-Ray": {strings.Repeat("x", 200)}}, strings.Repeat("x", 128)},
		"token":                            {http.Header{"Cf-Ray": {"id-s3cr3t"}}, "id-[redacted]"},
		"token with a space":               {http.Header{"Cf-Ray": {"s3c r3t"}}, "[redacted]"},
		"PNG in base64":                    {http.Header{"Cf-Ray": {"r-iVBORw0KGgoAAAANSUhEUg"}}, "r-[redacted]"},
		"token at the length limit":        {http.Header{"Cf-Ray": {strings.Repeat("x", 126) + "s3cr3t"}}, strings.Repeat("x", 126) + "[r"},
	} {
		result := transport.Result{AttemptResult: transport.AttemptResult{Header: test.header}, Tokens: []string{"s3cr3t"}}
		assert.Equal(t, test.want, result.RequestID(), name)
	}
}
