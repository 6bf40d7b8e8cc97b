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
		s := wiretest.NewScript(wiretest.OK("{}"))
		client, err := whatspie.NewClient(wiretest.Token, whatspie.WithBaseURL(base), wiretest.WithTransport(s))
		if err != nil {
			assert.Nil(t, client)
			assert.NotContains(t, err.Error(), wiretest.Token)
			return
		}
		if client.Call(t.Context(), http.MethodGet, "/devices", nil, nil) != nil {
			require.Empty(t, s.Requests(), "net/http refused what net/url took")
			return
		}
		given, err := url.Parse(base)
		require.NoError(t, err)
		went, err := url.Parse(s.Requests()[0].URL)
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
