package browsertest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// mount is where the pages live: below a path, as in a dashboard.
const mount = "/app/pair"

// site is a dashboard with the page of one device, in front of a fake API.
type site struct {
	api    *whatspietest.Server
	server *httptest.Server
	id     int64

	down   atomic.Bool // connections are cut
	mute   atomic.Bool // connections stay, and nothing comes through
	logout atomic.Bool
}

// newSite makes codes live that long, on both sides; 0 leaves the defaults.
func newSite(t *testing.T, lifetime time.Duration, opts ...whatspie.PairOption) *site {
	t.Helper()
	api := []whatspietest.Option{whatspietest.WithoutSocket()}
	if lifetime > 0 {
		api = append(api, whatspietest.WithQRLifetime(lifetime))
		opts = append(opts, whatspie.WithQRLifetime(lifetime))
	}
	s := &site{api: whatspietest.NewServer(api...)}
	s.id = s.api.AddDevice(whatspie.Device{Name: "Customer Service"})
	handler := pairweb.NewHandler(s.api.Client(whatspie.WithPollInterval(time.Second)), s.authorize, pairweb.WithPairOptions(opts...))
	mux := http.NewServeMux()
	mux.Handle(mount+"/", http.StripPrefix(mount, handler))
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("elsewhere")) })
	s.server = httptest.NewServer(s.misbehave(mux))
	t.Cleanup(handler.Close)
	t.Cleanup(s.server.Close)
	t.Cleanup(s.server.CloseClientConnections)
	return s
}

func (s *site) authorize(*http.Request) (int64, error) {
	if s.logout.Load() {
		return 0, errors.New("signed out")
	}
	return s.id, nil
}

func (s *site) misbehave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			panic(http.ErrAbortHandler)
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

func (w *mutedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// cut breaks all connections, as a crash of the dashboard does.
func (s *site) cut() {
	s.down.Store(true)
	s.server.CloseClientConnections()
}

func (s *site) url() string { return s.server.URL + mount + "/" }

// codes tells how often the API was asked for a code.
func (s *site) codes() int {
	n := 0
	for _, r := range s.api.Requests() {
		if strings.HasSuffix(r.Path, "/qr") {
			n++
		}
	}
	return n
}
