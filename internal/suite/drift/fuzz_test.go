package drift_test

import (
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// seeds returns the documented bodies, and those of testdata/drift that are short enough for fuzzing.
func seeds(tb testing.TB) []string {
	tb.Helper()
	names, err := fs.Glob(wiretest.Module(tb), "testdata/*.json")
	require.NoError(tb, err)
	require.NotEmpty(tb, names)
	cases := driftCases(tb)
	bodies := make([]string, 0, len(names)+len(cases))
	for _, name := range names {
		bodies = append(bodies, wiretest.Fixture(tb, path.Base(name)))
	}
	for _, c := range cases {
		if len(c.body) < 2<<10 {
			bodies = append(bodies, c.body)
		}
	}
	return bodies
}

// FuzzResponse passes an arbitrary response to every endpoint. "TOKEN" in its texts stands for the client's token.
func FuzzResponse(f *testing.F) {
	for _, body := range seeds(f) {
		f.Add(200, "application/json", "1", "id-1", "/devices", body)
		f.Add(500, "", "", "", "", body)
	}
	f.Add(200, "image/png", "", "", "", string(wiretest.TinyPNG(f)))
	f.Add(200, "", "", "", "", `{"data":{"qr":"`+base64.StdEncoding.EncodeToString(wiretest.TinyPNG(f))+`"}}`)
	f.Add(502, "text/html", "Fri, 31 Dec 9999 23:59:59 GMT", "TOKEN", "https://evil/TOKEN", "<html>TOKEN</html>")
	f.Add(401, "", "-1", strings.Repeat("x", 125)+"TOKEN", "http://[::1",
		`{"message":"TOKEN","error":{"message":"TOKEN\n"}}`)
	f.Add(302, "", "99999999999999999999", "", "//evil", "")
	f.Add(204, "", "", "", "", "")
	f.Add(201, "", "", "", "", `[{"id":1},{"id":"2"}]`)
	f.Fuzz(func(t *testing.T, status int, contentType, retryAfter, requestID, location, body string) {
		withToken := func(text string) string { return strings.ReplaceAll(text, "TOKEN", wiretest.Token) }
		status = 200 + int(uint(status)%400)
		header := http.Header{
			"Content-Type": {contentType},
			"Retry-After":  {retryAfter},
			"X-Request-Id": {withToken(requestID)},
			"Location":     {withToken(location)},
		}
		s := wiretest.NewScript(wiretest.Reply{Status: status, Header: header, Body: withToken(body)})
		retry := whatspie.RetryPolicy{MaxAttempts: 2, MinWait: 1, MaxWait: 1, MaxRetryAfter: 1}
		client := s.Client(t, whatspie.WithRetry(retry))
		for name, call := range wiretest.Calls(client) {
			err := call(t.Context())
			if err == nil {
				assert.Less(t, status, 300, name)
				continue
			}
			failed := wiretest.APIError(t, err)
			wiretest.AssertPrintable(t, err.Error())
			wiretest.AssertPrintable(t, failed.RequestID)
			texts := string(failed.Body) + failed.Message + failed.Detail + failed.Header.Get("Location")
			assert.NotContains(t, texts, wiretest.Token)
			assert.LessOrEqual(t, len(failed.Body), 4<<10)
			assert.GreaterOrEqual(t, failed.RetryAfter, time.Duration(0))
		}
		if device, err := client.Devices.Get(t.Context(), 7); err == nil {
			assert.Positive(t, device.ID)
		}
		if code, err := client.Devices.QR(t.Context(), 7); err == nil {
			assert.NotEqual(t, len(code.PNG()) > 0, code.URL() != "", "either an image or a link")
		}
	})
}

// FuzzDevice checks that a decoded device survives encoding and decoding.
func FuzzDevice(f *testing.F) {
	for _, body := range seeds(f) {
		f.Add([]byte(body))
		if _, data, found := strings.Cut(body, `"data":`); found {
			f.Add([]byte(strings.TrimSuffix(strings.TrimSpace(data), "}")))
		}
	}
	f.Add([]byte(`{"id":"1e400","device_name":7,"created_at":"9999-12-31T23:59:59-07:00",` +
		`"subscription":{"quote_used":-1e99}}`))
	f.Add([]byte(`{"created_at":"0000-01-01T00:00:00+07:00","name":"\ud800","phone":1E5,` +
		`"package":{"id":"x"},"server":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var device, decoded whatspie.Device
		if json.Unmarshal(data, &device) != nil {
			return
		}
		encoded, err := json.Marshal(device)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(encoded, &decoded))
		assert.Equal(t, device, decoded)
	})
}
