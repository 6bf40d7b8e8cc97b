package whatspie_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// seeds are all documented bodies, and those of the drift corpus that are short enough for fuzzing.
func seeds(tb testing.TB) []string {
	tb.Helper()
	names, err := fs.Glob(os.DirFS("testdata"), "*.json")
	require.NoError(tb, err)
	require.NotEmpty(tb, names)
	cases := driftCases(tb)
	bodies := make([]string, 0, len(names)+len(cases))
	for _, name := range names {
		bodies = append(bodies, fixture(tb, name))
	}
	for _, c := range cases {
		if len(c.body) < 2<<10 {
			bodies = append(bodies, c.body)
		}
	}
	return bodies
}

// assertPrintable checks that a text is one line without the token.
func assertPrintable(t *testing.T, text string) {
	t.Helper()
	assert.NotContains(t, text, token)
	assert.False(t, strings.ContainsFunc(text, unicode.IsControl), "%q", text)
	assert.Less(t, len(text), 10_000)
}

// tinyPNG keeps the inputs short.
func tinyPNG(tb testing.TB) []byte {
	tb.Helper()
	var file bytes.Buffer
	require.NoError(tb, png.Encode(&file, image.NewGray(image.Rect(0, 0, 1, 1))))
	return file.Bytes()
}

// FuzzAnswer passes any response through every endpoint.
func FuzzAnswer(f *testing.F) {
	for _, body := range seeds(f) {
		f.Add(200, "application/json", "1", "id-1", "/devices", body)
		f.Add(500, "", "", "", "", body)
	}
	f.Add(200, "image/png", "", "", "", string(tinyPNG(f)))
	f.Add(200, "", "", "", "", `{"data":{"qr":"`+base64.StdEncoding.EncodeToString(tinyPNG(f))+`"}}`)
	f.Add(502, "text/html", "Fri, 31 Dec 9999 23:59:59 GMT", "TOKEN", "https://evil/TOKEN", "<html>TOKEN</html>")
	f.Add(401, "", "-1", strings.Repeat("x", 125)+"TOKEN", "http://[::1", `{"message":"TOKEN","error":{"message":"TOKEN\n"}}`)
	f.Add(302, "", "99999999999999999999", "", "//evil", "")
	f.Add(204, "", "", "", "", "")
	f.Add(201, "", "", "", "", `[{"id":1},{"id":"2"}]`)
	f.Fuzz(func(t *testing.T, status int, contentType, retryAfter, requestID, location, body string) {
		echo := func(text string) string { return strings.ReplaceAll(text, "TOKEN", token) }
		status = 200 + int(uint(status)%400)
		header := http.Header{
			"Content-Type": {contentType},
			"Retry-After":  {retryAfter},
			"X-Request-Id": {echo(requestID)},
			"Location":     {echo(location)},
		}
		s := scriptOf(reply{status: status, header: header, body: echo(body)})
		client := s.client(t, whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 2, MinWait: 1, MaxWait: 1, MaxRetryAfter: 1}))
		for name, call := range calls(client) {
			err := call(t.Context())
			if err == nil {
				assert.Less(t, status, 300, name)
				continue
			}
			failed := apiError(t, err)
			assertPrintable(t, err.Error())
			assertPrintable(t, failed.RequestID)
			assert.NotContains(t, string(failed.Body)+failed.Message+failed.Detail+failed.Header.Get("Location"), token)
			assert.LessOrEqual(t, len(failed.Body), 4<<10)
			assert.GreaterOrEqual(t, failed.RetryAfter, time.Duration(0))
		}
		if device, err := client.Devices.Get(t.Context(), 7); err == nil {
			assert.Positive(t, device.ID)
		}
		if code, err := client.Devices.QR(t.Context(), 7); err == nil {
			assert.NotEqual(t, len(code.PNG()) > 0, code.URL() != "", "an image or a link")
		}
	})
}

// FuzzBaseURL checks where the token is sent with an accepted base URL.
func FuzzBaseURL(f *testing.F) {
	for _, seed := range []string{
		"https://api.whatspie.com", "https://api.whatspie.com/v1/", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:1/a",
		"http://127.0.0.1.evil.com", "http://localhost.evil.com", "http://evil.com#@localhost", "http://user@localhost", "https://me:p@host",
		"HTTPS://HOST", "https://host?x", "https://host#", "//host", "https:host", "ftp://host", "https://host/../x", "https://host/%2e%2e/",
		"https://ho st", "https://host:99999", "http://[::1%25eth0]", "http://2130706433", "http://0x7f.1", "https://host\\@evil", "",
		"https://e:me:", "http://::1:80", "https://e::", "https://a%2541", "https://a%2588/", "https://[fe80::1%25eth0]:1/v1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, base string) {
		s := scriptOf(ok("{}"))
		client, err := whatspie.NewClient(token, whatspie.WithBaseURL(base), through(s))
		if err != nil {
			assert.Nil(t, client)
			assert.NotContains(t, err.Error(), token)
			return
		}
		if client.Call(t.Context(), http.MethodGet, "/devices", nil, nil) != nil {
			require.Empty(t, s.requests(), "net/http refused what net/url took")
			return
		}
		given, err := url.Parse(base)
		require.NoError(t, err)
		went, err := url.Parse(s.requests()[0].url)
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSuffix(given.Host, ":"), went.Host) // an empty port means none
		assert.Nil(t, went.User)
		assert.Empty(t, went.RawQuery+went.Fragment)
		assert.True(t, strings.HasSuffix(went.Path, "/devices"))
		assert.Equal(t, path.Clean(went.Path), went.Path)
		if address := net.ParseIP(went.Hostname()); went.Scheme != "https" {
			assert.Equal(t, "http", went.Scheme)
			assert.True(t, strings.EqualFold(went.Hostname(), "localhost") || address != nil && address.IsLoopback(), went.Host)
		}
	})
}

// FuzzPath checks which requests a path leads to, as the most lenient server reads them.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/devices", "/devices/7?a=b", "//evil.com", "https://evil.com/", "/devices/../x", "/a/%2e%2e/b", "/a/%252e%252e%252fb",
		"/a%2f%2fb", "/a%5c..%5cb", "/a/..;x=1/b", "/a\x00", "/a%0d%0aX: y", "/%zz", "/%25zz/%2e", "/a#b", "/a?b#c", "/é", "/ ", "/", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		s := scriptOf(ok("{}"))
		client := s.client(t, whatspie.WithBaseURL("https://api.whatspie.com/v1"))
		if err := client.Call(t.Context(), http.MethodGet, given, nil, nil); err != nil {
			require.ErrorIs(t, err, whatspie.ErrInvalidRequest)
			require.Empty(t, s.requests())
			assertPrintable(t, err.Error())
			return
		}
		sentURL, err := url.Parse(s.requests()[0].url)
		require.NoError(t, err)
		assert.Equal(t, "https://api.whatspie.com", sentURL.Scheme+"://"+sentURL.Host)
		assert.Equal(t, "https://api.whatspie.com/v1"+given, sentURL.String())
		plain := sentURL.Path
		if decoded, err := url.PathUnescape(plain); err == nil { // a proxy may decode once more
			plain = decoded
		}
		plain = strings.ReplaceAll(plain, `\`, "/")
		assert.Equal(t, path.Clean(plain), plain, "nothing to resolve in it")
		assert.True(t, strings.HasPrefix(plain, "/v1/"))
		assert.False(t, strings.ContainsFunc(plain, unicode.IsControl))
	})
}

// FuzzDevice decodes a device, and encodes and decodes it again.
func FuzzDevice(f *testing.F) {
	for _, body := range seeds(f) {
		f.Add([]byte(body))
		if _, data, found := strings.Cut(body, `"data":`); found {
			f.Add([]byte(strings.TrimSuffix(strings.TrimSpace(data), "}")))
		}
	}
	f.Add([]byte(`{"id":"1e400","device_name":7,"created_at":"9999-12-31T23:59:59-07:00","subscription":{"quote_used":-1e99}}`))
	f.Add([]byte(`{"created_at":"0000-01-01T00:00:00+07:00","name":"\ud800","phone":1E5,"package":{"id":"x"},"server":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var device, again whatspie.Device
		if json.Unmarshal(data, &device) != nil {
			return
		}
		encoded, err := json.Marshal(device)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(encoded, &again))
		assert.Equal(t, device, again)
	})
}

// FuzzParseQRCode reads a code, and reads what it was written as.
func FuzzParseQRCode(f *testing.F) {
	for _, text := range codes(tinyPNG(f)) {
		f.Add(text)
	}
	for _, test := range noCodes(f) {
		if len(test.text) < 200 {
			f.Add(test.text)
		}
	}
	f.Add("https://cdn.example.com/qr/7.png?sig=a%2Fb")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := whatspie.ParseQRCode(text)
		if err != nil {
			assert.Nil(t, code)
			assert.Less(t, len(err.Error()), 100, "it does not repeat the text")
			assertPrintable(t, err.Error())
			return
		}
		assert.Less(t, len(code.String()), 100)
		if code.URL() != "" {
			assert.True(t, strings.HasPrefix(code.URL(), "https://"))
			return
		}
		again, err := whatspie.ParseQRCode(code.DataURI())
		require.NoError(t, err)
		assert.Equal(t, code.PNG(), again.PNG())
		if picture, err := code.Image(); err == nil {
			assert.LessOrEqual(t, picture.Bounds().Dx()*picture.Bounds().Dy(), 128<<20, "bounded before it was decoded")
		}
	})
}
