package browsertest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// mount is where the pages live: below a path, as in a dashboard.
const mount = "/app/pair"

// site is a dashboard with the page of one device, in front of a fake API.
type site struct {
	api    *whatspietest.Server
	page   *pairweb.Handler
	server *httptest.Server
	id     int64

	down    atomic.Bool // connections are cut
	mute    atomic.Bool // connections stay open, and no data comes through
	logout  atomic.Bool
	streams atomic.Int64 // event streams that are open
}

// setup says how a site is made. The zero value has all defaults.
type setup struct {
	pair   []whatspie.PairOption
	page   []pairweb.Option
	router func(page *pairweb.Handler) http.Handler
}

func newSite(t *testing.T, opts ...whatspie.PairOption) *site {
	t.Helper()
	return setup{pair: opts}.start(t)
}

func (c setup) start(t *testing.T) *site {
	t.Helper()
	s := &site{api: whatspietest.NewServer(whatspietest.WithoutSocket())}
	s.id = s.api.AddDevice(whatspie.Device{Name: "Customer Service", Phone: "6281234567890"})
	client := s.api.Client(whatspie.WithPollInterval(time.Second))
	s.page = pairweb.NewHandler(client, s.authorize, append(c.page, pairweb.WithPairOptions(c.pair...))...)
	if c.router == nil {
		c.router = stdlib
	}
	s.server = httptest.NewServer(s.misbehave(c.router(s.page)))
	t.Cleanup(s.page.Close)
	t.Cleanup(s.server.Close)
	t.Cleanup(s.server.CloseClientConnections)
	return s
}

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

// misbehave makes the failures of a site, and lets its query choose the language.
func (s *site) misbehave(next http.Handler) http.Handler {
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

// mutedWriter is a connection that somebody on the way forgot.
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

// Flush is here since some middleware flushes nothing but an http.Flusher.
func (w *mutedWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

func (w *mutedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// cut breaks all connections, as a crash of the dashboard does.
func (s *site) cut() {
	s.down.Store(true)
	s.server.CloseClientConnections()
}

func (s *site) url() string { return s.server.URL + mount + "/" }

// hasStreams waits until so many event streams are open.
func (s *site) hasStreams(t *testing.T, n int64) {
	t.Helper()
	require.Eventually(t, func() bool { return s.streams.Load() == n }, patience, 20*time.Millisecond)
}
