package destination_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// redirected is the outcome of one redirected call.
type redirected struct {
	where, method string
	status        int
	// Requests by origin: all, with the token, with a body.
	requests, tokens, bodies map[string]int
	base                     string
	err                      error
}

// elsewhere counts what arrived at any origin but the client's own.
func (r redirected) elsewhere(counts map[string]int) int {
	n := 0
	for origin, count := range counts {
		if origin != r.base {
			n += count
		}
	}
	return n
}

// streets are servers on sockets under many names: plain ones on two ports, and one with TLS for every https name.
type streets struct {
	plain, other, secure *httptest.Server
	client               *http.Client
	target               string // Location of the redirect
	status               int

	mu                       sync.Mutex
	requests, tokens, bodies map[string]int
}

func newStreets(t *testing.T) *streets {
	t.Helper()
	s := &streets{}
	s.plain, s.other, s.secure = httptest.NewServer(s), httptest.NewServer(s), httptest.NewUnstartedServer(s)
	s.secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.secure.StartTLS()
	trusting, isTransport := s.secure.Client().Transport.(*http.Transport)
	require.True(t, isTransport)
	own := trusting.Clone()
	own.TLSClientConfig.ServerName = "example.com" // matches the test certificate, whatever the host in the URL
	own.DialContext = s.dial
	s.client = &http.Client{Transport: own}
	t.Cleanup(func() {
		own.CloseIdleConnections()
		s.plain.Close()
		s.other.Close()
		s.secure.Close()
	})
	return s
}

// dial resolves names: addresses to themselves, names to the server of their port.
func (s *streets) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return nil, err
	case port == "443":
		address = s.secure.Listener.Addr().String()
	case port == "80":
		address = s.plain.Listener.Addr().String()
	case host == "localhost":
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// ServeHTTP redirects /devices to the target, by way of /hop on the same server if the target asks for it.
func (s *streets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	origin := "http://" + r.Host
	if r.TLS != nil {
		origin = "https://" + r.Host
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests[origin]++
	if r.Header.Get("Authorization") != "" {
		s.tokens[origin]++
	}
	if len(body) > 0 {
		s.bodies[origin]++
	}
	s.mu.Unlock()
	target, later := strings.CutSuffix(s.target, " later")
	switch {
	case r.URL.Path == "/landed":
		_, _ = io.WriteString(w, `{"data":[]}`)
	case later && r.URL.Path == "/devices":
		http.Redirect(w, r, "/hop", s.status)
	default:
		http.Redirect(w, r, target+"/landed", s.status)
	}
}

func (s *streets) call(t *testing.T, base, method string) redirected {
	t.Helper()
	s.requests, s.tokens, s.bodies = map[string]int{}, map[string]int{}, map[string]int{}
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(base), whatspie.WithHTTPClient(s.client))
	var in any
	if method != http.MethodGet {
		in = map[string]string{"name": "n"}
	}
	err := client.Call(t.Context(), method, "/devices", in, nil)
	return redirected{method: method, status: s.status, requests: s.requests, tokens: s.tokens, bodies: s.bodies, base: base, err: err}
}

// redirectMatrix calls through every kind of redirect to every kind of place.
func redirectMatrix(t *testing.T) []redirected {
	t.Helper()
	s := newStreets(t)
	rows := make([]redirected, 0, 100)
	for _, trip := range []struct{ where, base, target string }{
		{"same origin", s.plain.URL, s.plain.URL},
		{"same origin, TLS", "https://api.example.test", "https://api.example.test"},
		{"other port", s.plain.URL, s.other.URL},
		{"other name of the server", s.plain.URL, strings.Replace(s.plain.URL, "127.0.0.1", "localhost", 1)},
		{"other host", "https://api.example.test", "https://evil.test"},
		{"sub-domain", "https://api.example.test", "https://sub.api.example.test"},
		{"parent domain", "https://api.example.test", "https://example.test"},
		{"https to http", "https://api.example.test", "http://api.example.test"},
		{"http to https", s.plain.URL, "https://127.0.0.1"},
		{"sub-domain, second hop", "https://api.example.test", "https://sub.api.example.test later"},
	} {
		for _, s.status = range []int{301, 302, 303, 307, 308} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				s.target = trip.target
				row := s.call(t, trip.base, method)
				row.where = trip.where
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// redirectTable formats the matrix.
func redirectTable(rows []redirected) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...any) { _, _ = fmt.Fprintln(table, cells...) }
	row("redirect to\tstatus\tmethod\trequests here\ttoken here\trequests there\ttoken there\tbody there\tfollowed")
	for _, r := range rows {
		row(fmt.Sprintf("%s\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%t", r.where, r.status, r.method, r.requests[r.base], r.tokens[r.base],
			r.elsewhere(r.requests), r.elsewhere(r.tokens), r.elsewhere(r.bodies), r.err == nil))
	}
	_ = table.Flush()
	return text.String()
}

// Over sockets net/http itself adds headers and bodies to what it sends after a redirect.
func TestTokenStaysWithItsServer(t *testing.T) {
	t.Parallel()
	rows := redirectMatrix(t)
	require.Len(t, rows, 10*5*2)
	for _, r := range rows {
		name := fmt.Sprintf("%s to %s, %d", r.method, r.where, r.status)
		here := 1
		switch {
		case r.method == http.MethodPost:
			require.ErrorIs(t, r.err, whatspie.ErrOutcomeUnknown, name)
		case strings.HasPrefix(r.where, "same origin"):
			here = 2
			require.NoError(t, r.err, name)
		default:
			wiretest.AssertSentinels(t, r.err, whatspie.ErrUnexpectedResponse)
			if strings.HasSuffix(r.where, "second hop") {
				here = 2
			}
		}
		assert.Equal(t, map[string]int{r.base: here}, r.requests, name)
		assert.Equal(t, map[string]int{r.base: here}, r.tokens, name)
		if r.method == http.MethodPost {
			assert.Equal(t, map[string]int{r.base: 1}, r.bodies, "%s: sent once", name)
		}
	}
	t.Log("\n" + redirectTable(rows))
}
