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

// readable takes a Location away that cannot be parsed: net/http would keep nothing of the answer but that text. As in an
// http.Client, nil is http.DefaultTransport, whatever that is when a request is sent.
type readable struct{ next http.RoundTripper }

func (r readable) RoundTrip(request *http.Request) (*http.Response, error) {
	next := r.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(request)
	if err != nil || response == nil || response.StatusCode/100 != 3 || response.Header["Location"] == nil {
		return response, err
	}
	if _, err := request.URL.Parse(response.Header.Get("Location")); err != nil {
		response.Header = response.Header.Clone()
		response.Header.Del("Location")
	}
	return response, nil
}

func sameOrigin(a, b *url.URL) bool {
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
