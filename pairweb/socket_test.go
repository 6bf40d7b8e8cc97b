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

// ReadTimeout and WriteTimeout would cut the stream, by different mechanisms in HTTP/1.1 and HTTP/2.
func TestStream_outlivesServerTimeouts(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const timeout = 2 * time.Second
			h := newFixture(t, whatspie.Device{Phone: "62811"})
			server := httptest.NewUnstartedServer(h.handler)
			server.Config.ReadTimeout, server.Config.WriteTimeout = timeout, timeout
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(h.handler.Close)
			t.Cleanup(server.Close)

			time.AfterFunc(3*timeout/2, func() { h.Scan(h.id) })
			protocol, body := readStream(t, server, nil)

			assert.Equal(t, name, protocol)
			assert.Contains(t, body, `"kind":"connected","title":"Connected","text":"+62 811"`)
		})
	}
}

// readStream reads a stream to its end. If opened is not nil, it is called when the stream has started.
func readStream(t *testing.T, server *httptest.Server, opened func()) (protocol, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/events", http.NoBody)
	require.NoError(t, err)
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	if opened != nil {
		opened()
	}
	events, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.Proto, string(events)
}

func TestClose_onServerShutdown(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	server := httptest.NewServer(h.handler)
	server.Config.RegisterOnShutdown(h.handler.Close)
	t.Cleanup(server.Close)

	ended := make(chan error, 1)
	_, body := readStream(t, server, func() {
		go func() { ended <- server.Config.Shutdown(t.Context()) }()
	})

	require.NoError(t, <-ended, "Shutdown must not wait for the stream")
	assert.NotContains(t, body, "failed", "a shutdown is not shown as a failure")
}

// brokenWriter is a connection on which writes can be made to fail.
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

// headerWriter adds a header in WriteHeader, as session and compression middleware does. It has no Flush, so an
// http.ResponseController bypasses it.
type headerWriter struct{ http.ResponseWriter }

func (w headerWriter) WriteHeader(status int) {
	w.Header().Set("X-Added", "yes")
	w.ResponseWriter.WriteHeader(status)
}

func (w headerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestMiddleware_addsHeaders(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{PairedStatus: whatspie.PairedStatusPaired})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.handler.ServeHTTP(headerWriter{w}, r)
	}))
	t.Cleanup(server.Close)
	for _, target := range []string{"/events", "/", "/pairweb.js"} {
		_, header := fetch(t, server, target)
		assert.Equal(t, "yes", header.Get("X-Added"), target)
	}
}
