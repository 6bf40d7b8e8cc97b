package transport

import (
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 3

// redirectRule returns a CheckRedirect that follows a redirect only if its target may receive the token: the request is
// safe, the origin is the same, and there were at most maxRedirects. The response to any other request is the redirect
// itself. The user's rule, which may be nil, can only restrict this further.
func redirectRule(userRule func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		first := via[0]
		if !IsSafe(first.Method) || len(via) > maxRedirects || !SameOrigin(first.URL, next.URL) {
			return http.ErrUseLastResponse
		}
		if userRule != nil {
			return userRule(next, via)
		}
		return nil
	}
}

// dropBrokenLocation removes a Location that cannot be parsed: net/http would discard the response, and return an error
// with only that text.
func dropBrokenLocation(from *url.URL, response *http.Response) {
	if response.StatusCode/100 != 3 || response.Header["Location"] == nil {
		return
	}
	if _, err := from.Parse(response.Header.Get("Location")); err != nil {
		response.Header = response.Header.Clone()
		response.Header.Del("Location")
	}
}

// SameOrigin reports whether b may receive the token meant for a: their scheme, host and port are equal.
func SameOrigin(a, b *url.URL) bool {
	return b.User == nil && a.Scheme == b.Scheme && sameHost(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// sameHost ignores case. Equal lengths exclude non-ASCII letters that fold to ASCII ones, which are other hosts.
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
