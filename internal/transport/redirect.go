package transport

import (
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 3

// redirectRule follows a redirect only if the token may go there: a read, the same scheme and host, a few times. Any
// other redirect is handed back as the response. The caller's own rule can only narrow that.
func redirectRule(theirs func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		first := via[0]
		if !Repeatable(first.Method) || len(via) > maxRedirects || !SameOrigin(first.URL, next.URL) {
			return http.ErrUseLastResponse
		}
		if theirs != nil {
			return theirs(next, via)
		}
		return nil
	}
}

// dropBrokenLocation removes a Location that cannot be parsed: net/http would keep nothing of the response but that text.
func dropBrokenLocation(from *url.URL, response *http.Response) {
	if response.StatusCode/100 != 3 || response.Header["Location"] == nil {
		return
	}
	if _, err := from.Parse(response.Header.Get("Location")); err != nil {
		response.Header = response.Header.Clone()
		response.Header.Del("Location")
	}
}

// SameOrigin reports whether the token may go to b as it may to a: their scheme, host and port are the same.
func SameOrigin(a, b *url.URL) bool {
	return b.User == nil && a.Scheme == b.Scheme && sameHost(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// sameHost leaves the case aside. That of some letters beyond ASCII is one within, in fewer bytes: those are others.
func sameHost(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

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
