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

// received counts requests by the origin that received them: all, those with a token, and those with a body.
type received struct {
	requests, tokens, bodies map[string]int
}

// redirectResult is the result of a call to base that was redirected.
type redirectResult struct {
	received

	destination, base, method string
	status                    int
	err                       error
}

// countElsewhere adds up the counts of all origins but base.
func (r redirectResult) countElsewhere(counts map[string]int) int {
	n := 0
	for origin, count := range counts {
		if origin != r.base {
			n += count
		}
	}
	return n
}

// redirectServers are servers on sockets: two without TLS on different ports, and one with TLS for every https host.
type redirectServers struct {
	plain, otherPort, secure *httptest.Server
	client                   *http.Client

	// The redirect: its status, the origin in its Location, and whether a redirect on the same server precedes it.
	status    int
	target    string
	secondHop bool

	mu       sync.Mutex
	received received
}

func newRedirectServers(t *testing.T) *redirectServers {
	t.Helper()
	s := &redirectServers{}
	s.plain, s.otherPort, s.secure = httptest.NewServer(s), httptest.NewServer(s), httptest.NewUnstartedServer(s)
	s.secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.secure.StartTLS()
	trusting, isTransport := s.secure.Client().Transport.(*http.Transport)
	require.True(t, isTransport)
	transport := trusting.Clone()
	transport.TLSClientConfig.ServerName = "example.com" // the test certificate's, whatever the host in the URL
	transport.DialContext = s.dial
	s.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.plain.Close()
		s.otherPort.Close()
		s.secure.Close()
	})
	return s
}

// dial connects to the TLS server for the default port of https, to the plain server for that of http, and otherwise to
// the address itself.
func (s *redirectServers) dial(ctx context.Context, network, address string) (net.Conn, error) {
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

// ServeHTTP redirects /devices to /final at the target, with secondHop by way of /hop on the same server.
func (s *redirectServers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	origin := "http://" + r.Host
	if r.TLS != nil {
		origin = "https://" + r.Host
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.received.requests[origin]++
	if r.Header.Get("Authorization") != "" {
		s.received.tokens[origin]++
	}
	if len(body) > 0 {
		s.received.bodies[origin]++
	}
	s.mu.Unlock()
	switch {
	case r.URL.Path == "/final":
		_, _ = io.WriteString(w, `{"data":[]}`)
	case s.secondHop && r.URL.Path == "/devices":
		http.Redirect(w, r, "/hop", s.status)
	default:
		http.Redirect(w, r, s.target+"/final", s.status)
	}
}

// call sends one request to base and returns what the servers received.
func (s *redirectServers) call(t *testing.T, base, method string) (received, error) {
	t.Helper()
	s.received = received{map[string]int{}, map[string]int{}, map[string]int{}}
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(base), whatspie.WithHTTPClient(s.client))
	var in any
	if method != http.MethodGet {
		in = map[string]string{"name": "n"}
	}
	err := client.Call(t.Context(), method, "/devices", in, nil)
	return s.received, err
}

// redirectResults makes a read and a write for every redirect status and every kind of destination.
func redirectResults(t *testing.T) []redirectResult {
	t.Helper()
	s := newRedirectServers(t)
	results := make([]redirectResult, 0, 100)
	for _, test := range []struct {
		destination, base, target string
		secondHop                 bool
	}{
		{"same origin", s.plain.URL, s.plain.URL, false},
		{"same origin, TLS", "https://api.example.test", "https://api.example.test", false},
		{"other port", s.plain.URL, s.otherPort.URL, false},
		{"other name of the server", s.plain.URL, strings.Replace(s.plain.URL, "127.0.0.1", "localhost", 1), false},
		{"other host", "https://api.example.test", "https://evil.test", false},
		{"subdomain", "https://api.example.test", "https://sub.api.example.test", false},
		{"parent domain", "https://api.example.test", "https://example.test", false},
		{"https to http", "https://api.example.test", "http://api.example.test", false},
		{"http to https", s.plain.URL, "https://127.0.0.1", false},
		{"subdomain, second hop", "https://api.example.test", "https://sub.api.example.test", true},
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				s.status, s.target, s.secondHop = status, test.target, test.secondHop
				counts, err := s.call(t, test.base, method)
				results = append(results, redirectResult{counts, test.destination, test.base, method, status, err})
			}
		}
	}
	return results
}

// redirectTable formats the results.
func redirectTable(results []redirectResult) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...any) { _, _ = fmt.Fprintln(table, cells...) }
	row("redirect to\tstatus\tmethod\trequests here\ttoken here\trequests there\ttoken there\tbody there\tfollowed")
	for _, r := range results {
		here := fmt.Sprintf("%d\t%d", r.requests[r.base], r.tokens[r.base])
		elsewhere := r.countElsewhere
		there := fmt.Sprintf("%d\t%d\t%d", elsewhere(r.requests), elsewhere(r.tokens), elsewhere(r.bodies))
		row(fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%t", r.destination, r.status, r.method, here, there, r.err == nil))
	}
	_ = table.Flush()
	return text.String()
}

// Only sockets show the headers and bodies that net/http itself adds to requests after a redirect.
func TestToken_staysAtItsOrigin(t *testing.T) {
	t.Parallel()
	results := redirectResults(t)
	require.Len(t, results, 10*5*2)
	for _, r := range results {
		name := fmt.Sprintf("%s to %s, %d", r.method, r.destination, r.status)
		requests := 1
		switch {
		case r.method == http.MethodPost:
			require.ErrorIs(t, r.err, whatspie.ErrOutcomeUnknown, name)
		case strings.HasPrefix(r.destination, "same origin"):
			requests = 2
			require.NoError(t, r.err, name)
		default:
			wiretest.AssertSentinels(t, r.err, whatspie.ErrUnexpectedResponse)
			if strings.HasSuffix(r.destination, "second hop") {
				requests = 2
			}
		}
		assert.Equal(t, map[string]int{r.base: requests}, r.requests, name)
		assert.Equal(t, map[string]int{r.base: requests}, r.tokens, name)
		if r.method == http.MethodPost {
			assert.Equal(t, map[string]int{r.base: 1}, r.bodies, "%s: sent once", name)
		}
	}
	t.Log("\n" + redirectTable(results))
}
