package retry_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// listen returns a listener on a free loopback port.
func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// closedPort returns an address that refuses connections.
func closedPort(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// serve calls handle for every connection, and closes the connection afterwards. It stops with the test.
func serve(t *testing.T, listener net.Listener, handle func(net.Conn)) {
	t.Helper()
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				stop := context.AfterFunc(t.Context(), func() { _ = conn.Close() })
				defer stop()
				handle(conn)
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
}

// rawServer reads one request from every connection, and calls respond with the connection and the request's number.
func rawServer(t *testing.T, respond func(conn net.Conn, number int64)) (url string, requests *atomic.Int64) {
	t.Helper()
	listener, requests := listen(t), new(atomic.Int64)
	serve(t, listener, func(conn net.Conn) {
		if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.Copy(io.Discard, request.Body)
			respond(conn, requests.Add(1))
		}
	})
	return "http://" + listener.Addr().String(), requests
}

func write(conn net.Conn, text string) { _, _ = io.WriteString(conn, text) }

// countingServer calls respond for every request, and counts the requests by method.
func countingServer(t *testing.T, respond http.HandlerFunc) (url string, gets, posts *atomic.Int64) {
	t.Helper()
	gets, posts = new(atomic.Int64), new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			posts.Add(1)
		} else {
			gets.Add(1)
		}
		respond(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, gets, posts
}

// newTransport returns a transport whose connections are closed after the test.
func newTransport(t *testing.T) *http.Transport {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// newSocketClient returns a client with a transport of its own and no waits between attempts.
func newSocketClient(t *testing.T, url string) *whatspie.Client {
	t.Helper()
	return wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), wiretest.WithTransport(newTransport(t)))
}
