package transport

import (
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 3

// redirectRule follows a redirect only where the token may go: a read, the same scheme and host, a few times. Any
// other redirect is handed back as the answer. The caller's own rule can only narrow that.
func redirectRule(theirs func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		first := via[0]
		if !Repeatable(first.Method) || len(via) > maxRedirects || !sameOrigin(first.URL, next.URL) {
			return http.ErrUseLastResponse
		}
		next.Header["Authorization"] = first.Header["Authorization"] // net/http drops it where only the host's case differs
		if theirs != nil {
			return theirs(next, via)
		}
		return nil
	}
}

func sameOrigin(a, b *url.URL) bool {
	return b.User == nil && a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}
