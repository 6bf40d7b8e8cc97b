package browsertest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// mount is the path of the pages in the dashboard.
const mount = "/app/pair"

// site is a dashboard with the page of one device, and a fake API behind it.
type site struct {
	api    *whatspietest.Server
	page   *pairweb.Handler
	server *httptest.Server
	id     int64

	down    atomic.Bool  // requests are aborted
	mute    atomic.Bool  // responses are discarded, connections stay open
	logout  atomic.Bool  // the visitor is signed out
	streams atomic.Int64 // open event streams
}

// setup is the configuration of a site. The zero value is the default.
type setup struct {
	pair   []whatspie.PairOption
	page   []pairweb.Option
	router func(page *pairweb.Handler) http.Handler
}

func newSite(t *testing.T, opts ...whatspie.PairOption) *site {
	t.Helper()
	return setup{pair: opts}.start(t)
}

func (in setup) start(t *testing.T) *site {
	t.Helper()
	s := &site{api: whatspietest.NewServer(whatspietest.WithoutSocket())}
	s.id = s.api.AddDevice(whatspie.Device{Name: "Customer Service", Phone: "6281234567890"})
	client := s.api.Client(whatspie.WithPollInterval(time.Second))
	s.page = pairweb.NewHandler(client, s.authorize, append(in.page, pairweb.WithPairOptions(in.pair...))...)
	if in.router == nil {
		in.router = stdlib
	}
	s.server = httptest.NewServer(s.withFaults(in.router(s.page)))
	t.Cleanup(s.page.Close)
	t.Cleanup(s.server.Close)
	t.Cleanup(s.server.CloseClientConnections)
	return s
}

// stdlib mounts the page on a ServeMux.
func stdlib(page *pairweb.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(mount+"/", http.StripPrefix(mount, page))
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("elsewhere")) })
	return mux
}

func (s *site) authorize(*http.Request) (int64, error) {
	if s.logout.Load() {
		return 0, errors.New("signed out")
	}
	return s.id, nil
}

// withFaults simulates failures of the site, and sets the language from the query.
func (s *site) withFaults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			panic(http.ErrAbortHandler)
		}
		if lang := r.URL.Query().Get("lang"); lang != "" {
			r.Header.Set("Accept-Language", lang)
		}
		if strings.HasSuffix(r.URL.Path, "/events") && r.Method == http.MethodGet {
			s.streams.Add(1)
			defer s.streams.Add(-1)
		}
		next.ServeHTTP(&mutedWriter{ResponseWriter: w, mute: &s.mute}, r)
	})
}

// mutedWriter discards data, like a proxy that has lost the other connection.
type mutedWriter struct {
	http.ResponseWriter

	mute *atomic.Bool
}

func (w *mutedWriter) Write(p []byte) (int, error) {
	if w.mute.Load() {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Flush exists for middleware that requires an http.Flusher.
func (w *mutedWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

func (w *mutedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// cutConnections aborts all connections and new requests, like a crash of the dashboard.
func (s *site) cutConnections() {
	s.down.Store(true)
	s.server.CloseClientConnections()
}

func (s *site) url() string { return s.server.URL + mount + "/" }

// waitForNoStreams waits until no event stream is open.
func (s *site) waitForNoStreams(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.streams.Load() == 0 }, timeout, 20*time.Millisecond)
}

// assertShown checks that the page shows the device's code.
func (s *site) assertShown(p *page) {
	p.t.Helper()
	payload, _ := s.api.QRPayload(s.id)
	assert.Equal(p.t, payload, p.scan(".tile"))
}
