package pairweb_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// A server's timeouts are meant for requests that end. In each protocol they would cut the stream in another way.
func TestStream_outlivesServerTimeouts(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const timeout = time.Second
			h := newFixture(t, whatspie.Device{Phone: "62811"})
			server := httptest.NewUnstartedServer(h.handler)
			server.Config.ReadTimeout, server.Config.WriteTimeout = timeout, timeout
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(h.handler.Close)
			t.Cleanup(server.Close)

			time.AfterFunc(3*timeout/2, func() { h.Scan(h.id) })
			protocol, body := visit(t, server, nil)

			assert.Equal(t, name, protocol)
			assert.Contains(t, body, `"kind":"connected","title":"Connected","text":"+62 811"`)
		})
	}
}

// visit reads a stream to its end. Opened is called when the first bytes have arrived.
func visit(t *testing.T, server *httptest.Server, opened func()) (protocol, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/events", http.NoBody)
	require.NoError(t, err)
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	if opened != nil {
		opened()
	}
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.Proto, string(read)
}

func TestClose_onShutdown(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	server := httptest.NewServer(h.handler)
	server.Config.RegisterOnShutdown(h.handler.Close)
	t.Cleanup(server.Close)

	ended := make(chan error, 1)
	_, body := visit(t, server, func() {
		go func() { ended <- server.Config.Shutdown(t.Context()) }()
	})

	require.NoError(t, <-ended, "it would wait for ever")
	assert.NotContains(t, body, "failed", "a shutdown is no failure to show")
}

// brokenWriter is the connection of a tab that has gone without a word.
type brokenWriter struct {
	*httptest.ResponseRecorder

	broken atomic.Bool
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.broken.Load() {
		return 0, errors.New("broken pipe")
	}
	return w.ResponseRecorder.Write(p)
}

// addingWriter adds a header when the header is written, as session and compression middleware does. It does not flush
// itself, so an http.ResponseController goes past it.
type addingWriter struct{ http.ResponseWriter }

func (w addingWriter) WriteHeader(status int) {
	w.Header().Set("X-Added", "yes")
	w.ResponseWriter.WriteHeader(status)
}

func (w addingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestMiddleware_addsHeaders(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{PairedStatus: whatspie.PairedStatusPaired})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.handler.ServeHTTP(addingWriter{w}, r)
	}))
	t.Cleanup(server.Close)
	for _, target := range []string{"/events", "/", "/pairweb.js"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+target, http.NoBody)
		require.NoError(t, err)
		response, err := server.Client().Do(request)
		require.NoError(t, err)
		assert.Equal(t, "yes", response.Header.Get("X-Added"), target)
		require.NoError(t, response.Body.Close())
	}
}
