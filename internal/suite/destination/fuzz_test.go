package destination_test

import (
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// FuzzBaseURL checks where the token is sent if the base URL is accepted.
func FuzzBaseURL(f *testing.F) {
	for _, seed := range []string{
		"https://api.whatspie.com", "https://api.whatspie.com/v1/", "http://localhost:8080", "http://127.0.0.1",
		"http://[::1]:1/a", "http://127.0.0.1.evil.com", "http://localhost.evil.com", "http://evil.com#@localhost",
		"http://user@localhost", "https://me:p@host", "HTTPS://HOST", "https://host?x", "https://host#", "//host",
		"https:host", "ftp://host", "https://host/../x", "https://host/%2e%2e/", "https://ho st", "https://host:99999",
		"http://[::1%25eth0]", "http://2130706433", "http://0x7f.1", "https://host\\@evil", "", "https://e:me:",
		"http://::1:80", "https://e::", "https://a%2541", "https://a%2588/", "https://[fe80::1%25eth0]:1/v1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, base string) {
		s := wiretest.NewScript(wiretest.OK("{}"))
		client, err := whatspie.NewClient(wiretest.Token, whatspie.WithBaseURL(base), wiretest.WithTransport(s))
		if err != nil {
			assert.Nil(t, client)
			assert.NotContains(t, err.Error(), wiretest.Token)
			return
		}
		if client.Call(t.Context(), http.MethodGet, "/devices", nil, nil) != nil {
			require.Empty(t, s.Requests(), "net/http rejected a URL that net/url accepts")
			return
		}
		given, err := url.Parse(base)
		require.NoError(t, err)
		sentURL, err := url.Parse(s.Requests()[0].URL)
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSuffix(given.Host, ":"), sentURL.Host, "an empty port is removed")
		assert.Nil(t, sentURL.User)
		assert.Empty(t, sentURL.RawQuery+sentURL.Fragment)
		assert.True(t, strings.HasSuffix(sentURL.Path, "/devices"))
		assert.Equal(t, path.Clean(sentURL.Path), sentURL.Path)
		if address := net.ParseIP(sentURL.Hostname()); sentURL.Scheme != "https" {
			assert.Equal(t, "http", sentURL.Scheme)
			isLocalhost := strings.EqualFold(sentURL.Hostname(), "localhost")
			assert.True(t, isLocalhost || address != nil && address.IsLoopback(), sentURL.Host)
		}
	})
}

// FuzzPath checks the URL that is sent for a path, also as a lenient server would interpret it.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/devices", "/devices/7?a=b", "//evil.com", "https://evil.com/", "/devices/../x", "/a/%2e%2e/b",
		"/a/%252e%252e%252fb", "/a%2f%2fb", "/a%5c..%5cb", "/a/..;x=1/b", "/a\x00", "/a%0d%0aX: y", "/%zz", "/%25zz/%2e",
		"/a#b", "/a?b#c", "/é", "/ ", "/", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		s := wiretest.NewScript(wiretest.OK("{}"))
		client := s.Client(t, whatspie.WithBaseURL("https://api.whatspie.com/v1"))
		if err := client.Call(t.Context(), http.MethodGet, given, nil, nil); err != nil {
			require.ErrorIs(t, err, whatspie.ErrInvalidRequest)
			require.Empty(t, s.Requests())
			wiretest.AssertPrintable(t, err.Error())
			return
		}
		sentURL, err := url.Parse(s.Requests()[0].URL)
		require.NoError(t, err)
		assert.Equal(t, "https://api.whatspie.com", sentURL.Scheme+"://"+sentURL.Host)
		assert.Equal(t, "https://api.whatspie.com/v1"+given, sentURL.String())
		decoded := sentURL.Path
		if again, err := url.PathUnescape(decoded); err == nil { // a proxy may decode once more
			decoded = again
		}
		decoded = strings.ReplaceAll(decoded, `\`, "/")
		assert.Equal(t, path.Clean(decoded), decoded, "no dot segments")
		assert.True(t, strings.HasPrefix(decoded, "/v1/"))
		assert.False(t, strings.ContainsFunc(decoded, unicode.IsControl))
	})
}
